<?php
// Carries out steps with phpseclib, whose major version (2 or 3) is the argument: a task as lines on
// stdin, the answer as lines on stdout (see interop/clients/driver.py).

error_reporting(E_ALL & ~E_DEPRECATED); // version 2 is older than PHP 8.2

const VERBS = [
    'put', 'get', 'resume_put', 'resume_get', 'ls', 'stat', 'rename', 'mkdir', 'rmdir', 'rm', 'chmod',
    'symlink', 'readlink', 'exec',
];

class Failed extends Exception
{
}

function readTask($input)
{
    $task = ['steps' => []];
    while (($line = fgets($input)) !== false) {
        $words = array_map('rawurldecode', explode(' ', rtrim($line, "\n")));
        $name = array_shift($words);
        if ($name === 'step') {
            $task['steps'][] = $words;
        } elseif ($name === 'answer') {
            $task['answers'][] = $words[0];
        } else {
            $task[$name] = $words[0];
        }
    }
    return $task;
}

// The library's notices are its errors (all of version 2's are); PHP's own end the driver as well.
function throwNotices($kind, $message)
{
    if (error_reporting() & $kind) {
        throw new Failed($message);
    }
    return true;
}

// A process as a connection: the library takes a stream in place of a host.
function proxied($command)
{
    [$ours, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $GLOBALS['proxy'] = proc_open(['/bin/sh', '-c', "exec $command"], [$theirs, $theirs, STDERR], $none);
    fclose($theirs);
    return $ours;
}

// What the library shall offer; whatever the task does not name stays its own choice.
function preferred($task)
{
    $both = [];
    foreach (['cipher' => 'crypt', 'mac' => 'mac'] as $name => $option) {
        if (isset($task[$name])) {
            $both[$option] = explode(',', $task[$name]);
        }
    }
    if (isset($task['compression'])) {
        $both['comp'] = $task['compression'] === '1' ? ['zlib@openssh.com', 'zlib'] : ['none'];
    }
    $all = $both ? ['client_to_server' => $both, 'server_to_client' => $both] : [];
    foreach (['kex' => 'kex', 'host_key' => 'hostkey'] as $name => $option) {
        if (isset($task[$name])) {
            $all[$option] = explode(',', $task[$name]);
        }
    }
    return $all;
}

// The library leaves it to its user to compare the host key, before logging in.
function checkHostKey($sftp, $task)
{
    $key = $sftp->getServerPublicHostKey();
    if ($key === false) {
        throw new Failed("no connection, or the host key's signature is wrong");
    }
    if (isset($task['known_hosts'])) {
        $base64 = explode(' ', $key)[1];
        if (!preg_match('/ ' . preg_quote($base64, '/') . '$/m', file_get_contents($task['known_hosts']))) {
            throw new Failed("Host key verification failed: $key is not known");
        }
    }
}

// What login() is given, in the order in which the server may want it.
function secretsOf($task, $major)
{
    if (isset($task['answers'])) { // the library looks for the prompt that begins like the index
        return array_map(fn($answer) => ['' => $answer], $task['answers']);
    }
    $secrets = [];
    foreach (['key', 'second_key'] as $name) {
        if (isset($task[$name])) {
            $secrets[] = keyOf($task[$name], $major);
        }
    }
    // For a password the library takes the first, whatever it is; for a key the first key.
    return isset($task['password']) ? [$task['password'], ...$secrets] : $secrets;
}

function keyOf($path, $major)
{
    $text = file_get_contents($path);
    if ($major === '3') {
        return phpseclib3\Crypt\PublicKeyLoader::load($text);
    }
    $key = new phpseclib\Crypt\RSA();
    if (!$key->loadKey($text)) {
        throw new Failed('the library cannot read this key');
    }
    return $key;
}

function connect($task, $major)
{
    $class = $major === '3' ? phpseclib3\Net\SFTP::class : phpseclib\Net\SFTP::class;
    $host = strpos($task['host'], ':') === false ? $task['host'] : "[{$task['host']}]";
    $sftp = new $class(isset($task['proxy_command']) ? proxied($task['proxy_command']) : $host, (int) $task['port']);
    $sftp->setTimeout(20);
    $sftp->disableStatCache();
    $sftp->enableQuietMode(); // keeps stderr out of a command's output
    $sftp->setPreferredAlgorithms(preferred($task));
    if (isset($task['sftp_version'])) {
        $sftp->setPreferredVersion((int) $task['sftp_version']);
    }
    checkHostKey($sftp, $task);
    if (!$sftp->login($task['user'], ...secretsOf($task, $major))) {
        throw new Failed('Authentication failed');
    }
    return $sftp;
}

class Driver
{
    public $answer = [];
    private $sftp;
    private $base;

    public function __construct($sftp, $base)
    {
        $this->sftp = $sftp;
        $this->base = rtrim($base, '/');
    }

    private function remote($name)
    {
        return $name !== '' && $name[0] === '/' ? $name : "$this->base/$name";
    }

    // The library's answer, unless it is a failure.
    private function checked($answer)
    {
        if ($answer === false) {
            throw new Failed($this->sftp->getLastSFTPError() ?: 'no reason given');
        }
        return $answer;
    }

    public function put($local, $name)
    {
        $this->checked($this->sftp->put($this->remote($name), $local, $this->sftp::SOURCE_LOCAL_FILE));
    }

    public function resume_put($local, $name)
    {
        $there = $this->checked($this->sftp->filesize($this->remote($name)));
        $mode = $this->sftp::SOURCE_LOCAL_FILE;
        $this->checked($this->sftp->put($this->remote($name), $local, $mode, $there, $there));
    }

    public function get($name, $local)
    {
        $this->checked($this->sftp->get($this->remote($name), $local));
    }

    public function resume_get($name, $local)
    {
        $file = fopen($local, 'ab');
        $this->checked($this->sftp->get($this->remote($name), $file, filesize($local)));
        fclose($file);
    }

    public function ls($name)
    {
        $this->answer = [];
        foreach ($this->checked($this->sftp->nlist($this->remote($name))) as $found) {
            if ($found !== '.' && $found !== '..') {
                $this->answer[] = ['name', $found];
            }
        }
    }

    public function stat($name)
    {
        $found = $this->checked($this->sftp->stat($this->remote($name)));
        $types = [1 => 'file', 2 => 'directory', 3 => 'symlink'];
        $this->answer = [
            ['size', $found['size']],
            ['mode', decoct($found['mode'] & 07777)],
            ['type', $types[$found['type']] ?? 'other'],
        ];
    }

    public function rename($old, $new)
    {
        $this->checked($this->sftp->rename($this->remote($old), $this->remote($new)));
    }

    public function mkdir($name)
    {
        $this->checked($this->sftp->mkdir($this->remote($name)));
    }

    public function rmdir($name)
    {
        $this->checked($this->sftp->rmdir($this->remote($name)));
    }

    public function rm($name)
    {
        $this->checked($this->sftp->delete($this->remote($name), false));
    }

    public function chmod($mode, $name)
    {
        $this->checked($this->sftp->chmod(octdec($mode), $this->remote($name)));
    }

    public function symlink($target, $name)
    {
        $this->checked($this->sftp->symlink($target, $this->remote($name)));
    }

    public function readlink($name)
    {
        $this->answer = [['link', $this->checked($this->sftp->readlink($this->remote($name)))]];
    }

    public function exec($command)
    {
        $output = $this->checked($this->sftp->exec($command));
        if ($this->sftp->getExitStatus() !== 0) {
            throw new Failed("exit status {$this->sftp->getExitStatus()}: $output");
        }
        $this->answer = [['output', $output]];
    }
}

function work($task, $major)
{
    foreach ($task['steps'] as [$verb]) {
        if (!in_array($verb, VERBS, true)) {
            fwrite(STDERR, "unsupported: $verb\n");
            exit(1);
        }
    }
    $driver = new Driver(connect($task, $major), $task['base']);
    foreach ($task['steps'] as $step) {
        $verb = array_shift($step);
        $driver->$verb(...$step);
    }
    foreach ($driver->answer as [$name, $value]) {
        echo $name, ' ', rawurlencode($value), "\n";
    }
}

set_error_handler('throwNotices');
require $argv[1] === '3' ? '/usr/share/php/phpseclib3/autoload.php' : '/usr/share/php/phpseclib/autoload.php';
try {
    work(readTask(STDIN), $argv[1]);
} catch (Throwable $error) { // the library throws Error too, when a server's answer is not what it awaits
    fwrite(STDERR, get_class($error) . ': ' . $error->getMessage() . "\n");
    exit(1);
}
