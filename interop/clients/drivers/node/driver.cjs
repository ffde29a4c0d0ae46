// Carries out steps with ssh2-sftp-client: a task as JSON on stdin, the answer as JSON on stdout.
// The only argument is the node_modules folder to load it from.
'use strict';

const fs = require('fs');
const path = require('path');

const SftpClient = require(path.join(process.argv[2], 'ssh2-sftp-client'));

class Failure extends Error {
  constructor(state, message) {
    super(message);
    this.state = state;
  }
}

// The state that a failure before the first step means.
function stateOf(message) {
  const pieces = [
    ['hostkey', /host denied/i],
    ['negotiation', /no matching|unsupported algorithm/i],
    ['auth', /authentication methods failed/i],
    ['timeout', /timed out/i],
  ];
  const found = pieces.find(([, piece]) => piece.test(message));
  return found ? found[0] : 'connect';
}

function algorithmsOf(task) {
  const wanted = { kex: task.kex, serverHostKey: task.host_key, cipher: task.cipher, hmac: task.mac };
  const lists = {};
  for (const [name, names] of Object.entries(wanted)) if (names) lists[name] = names.split(',');
  if (task.compression === true) lists.compress = ['zlib@openssh.com', 'zlib'];
  if (task.compression === false) lists.compress = ['none'];
  return lists;
}

// Of the methods that the server names, the next for which there is something to show.
function chooser(task) {
  const left = task.key === null ? [] : ['publickey'];
  if (task.answers) left.push(...task.answers.map(() => 'keyboard-interactive'));
  else if (task.password !== null) left.push('password', 'keyboard-interactive');
  return (methods, partial, next) => {
    if (methods === null) return next('none');
    const place = left.findIndex((method) => methods.includes(method));
    return next(place < 0 ? false : left.splice(place, 1)[0]);
  };
}

async function connect(client, task) {
  const settings = {
    host: task.host,
    port: task.port,
    username: task.user,
    algorithms: algorithmsOf(task),
    readyTimeout: 20000,
  };
  if (task.password !== null) {
    settings.password = task.password;
    settings.tryKeyboard = true;
    const answers = [...(task.answers || [])];
    client.on('keyboard-interactive', (name, instructions, language, prompts, finish) =>
      finish(prompts.map(() => (task.answers ? answers.shift() : task.password))));
  }
  if (task.key !== null) settings.privateKey = fs.readFileSync(task.key);
  settings.authHandler = chooser(task);
  if (task.known_hosts) {
    const lines = fs.readFileSync(task.known_hosts, 'utf8').trim().split('\n');
    const keys = lines.map((line) => line.split(' ')[2]);
    settings.hostVerifier = (key) => keys.includes(key.toString('base64'));
  }
  try {
    await client.connect(settings);
  } catch (error) {
    throw new Failure(stateOf(error.message), error.message);
  }
}

// A call with a callback of ssh2's own SFTP object, for what ssh2-sftp-client has no method for.
function ask(client, method, ...words) {
  return new Promise((resolve, reject) => {
    client.sftp[method](...words, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

async function attributesOf(client, remote) {
  const found = await client.stat(remote);
  const type = found.isFile ? 'file' : found.isDirectory ? 'directory' : 'other';
  return { size: found.size, mode: found.mode & 0o7777, type };
}

function execute(client, command) {
  return new Promise((resolve, reject) => {
    client.client.exec(command, (error, channel) => {
      if (error) return reject(error);
      let output = '';
      channel.on('data', (data) => (output += data));
      channel.stderr.resume();
      channel.on('close', (code) =>
        code === 0 ? resolve(output) : reject(new Error(`the command ended with ${code}`)));
    });
  });
}

async function resumePut(client, local, remote) {
  const start = (await client.stat(remote)).size;
  const rest = fs.createReadStream(local, { start });
  await client.put(rest, remote, { writeStreamOptions: { flags: 'r+', start } });
}

async function resumeGet(client, remote, local) {
  const start = fs.statSync(local).size;
  const sink = fs.createWriteStream(local, { flags: 'a' });
  await client.get(remote, sink, { readStreamOptions: { start } });
}

async function space(client, remote) {
  const found = await ask(client, 'ext_openssh_statvfs', remote);
  return `block size ${found.f_frsize}, blocks ${found.f_blocks}, available ${found.f_bavail}`;
}

// verb: what it does, with the client, the answer, a function that makes remote paths, the words.
const actions = {
  put: (c, a, at, local, name) => c.fastPut(local, at(name)),
  get: (c, a, at, name, local) => c.fastGet(at(name), local),
  resume_put: (c, a, at, local, name) => resumePut(c, local, at(name)),
  resume_get: (c, a, at, name, local) => resumeGet(c, at(name), local),
  put_tree: (c, a, at, local, name) => c.uploadDir(local, at(name)),
  get_tree: (c, a, at, name, local) => c.downloadDir(at(name), local),
  ls: async (c, a, at, name) => (a.names = (await c.list(at(name))).map((entry) => entry.name)),
  stat: async (c, a, at, name) => (a.attributes = await attributesOf(c, at(name))),
  rename: (c, a, at, old, name) => c.rename(at(old), at(name)),
  mkdir: (c, a, at, name) => c.mkdir(at(name)),
  rmdir: (c, a, at, name) => c.rmdir(at(name)),
  rm: (c, a, at, name) => c.delete(at(name)),
  chmod: (c, a, at, mode, name) => c.chmod(at(name), parseInt(mode, 8)),
  symlink: (c, a, at, text, name) => ask(c, 'symlink', text, at(name)),
  readlink: async (c, a, at, name) => (a.link = await ask(c, 'readlink', at(name))),
  hardlink: (c, a, at, old, name) => ask(c, 'ext_openssh_hardlink', at(old), at(name)),
  statvfs: async (c, a, at, name) => (a.output = await space(c, at(name))),
  exec: async (c, a, at, command) => (a.output = await execute(c, command)),
};

async function main() {
  const task = JSON.parse(fs.readFileSync(0, 'utf8'));
  for (const [verb] of task.steps)
    if (!Object.hasOwn(actions, verb)) throw new Failure('unsupported', verb);
  const client = new SftpClient();
  const answer = {};
  const at = (name) => path.posix.join(task.base, name);
  await connect(client, task);
  try {
    for (const [verb, ...words] of task.steps) await actions[verb](client, answer, at, ...words);
  } catch (error) {
    throw new Failure('remote-error', error.message);
  } finally {
    await client.end();
  }
  process.stdout.write(JSON.stringify(answer));
}

main().catch((error) => {
  process.stderr.write(`${error.state || 'local'}: ${error.message}\n`);
  process.exitCode = 1;
});
