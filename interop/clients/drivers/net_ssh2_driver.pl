#!/usr/bin/perl
# Carries out steps with Net::SSH2: Lines.pm says how it is told and how it answers.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fcntl qw(:DEFAULT :seek);
use Lines;
use Net::SSH2;

my ($ssh, $sftp, $task);

sub at { return remote_path($task, $_[0]) }

# The library's own words for its last error.
sub why {
    my ($code, $name, $text) = $ssh->error;
    my $status = $sftp ? ', SFTP status ' . ($sftp->error // 0) : '';
    return defined $code ? "$text ($name$status)" : 'no reason given';
}

sub connect_to {
    $ssh = Net::SSH2->new(timeout => 20000, $task->{compression} ? (compress => 1) : ());
    my %methods = (
        KEX      => $task->{kex},
        HOSTKEY  => $task->{host_key},
        CRYPT_CS => $task->{cipher},
        CRYPT_SC => $task->{cipher},
        MAC_CS   => $task->{mac},
        MAC_SC   => $task->{mac},
    );
    for my $name (grep { defined $methods{$_} } sort keys %methods) {
        $ssh->method($name, $methods{$name}) or fail('negotiation', "$methods{$name}: " . why());
    }
    return if $ssh->connect($task->{host}, $task->{port});
    my $why = why();
    fail($why =~ /KEX|KEY_EXCHANGE|METHOD_NONE/ ? 'negotiation' : 'connect', $why);
}

sub log_in {
    if (defined $task->{known_hosts} && !$ssh->check_hostkey('strict', $task->{known_hosts})) {
        fail('hostkey', why());
    }
    my %shown = (
        publickey => $task->{key},
        password  => $task->{password},
        answers   => $task->{answers} // (defined $task->{password} ? [ $task->{password} ] : []),
    );
    # After each step of a chain, a failure to the library, the server names the methods that are left.
    while (1) {
        my %methods = map { $_ => 1 } $ssh->auth_list($task->{user});
        last unless try_to_log_in(\%shown, \%methods);
        return if $ssh->auth_ok;
    }
    fail('auth', why());
}

# Shows what the server asks for, each thing once; whether there was any.
sub try_to_log_in {
    my ($shown, $methods) = @_;
    my $user = $task->{user};
    if ($methods->{publickey} && defined(my $key = delete $shown->{publickey})) {
        $ssh->auth_publickey($user, $task->{public_key}, $key);
    } elsif ($methods->{password} && defined(my $password = delete $shown->{password})) {
        $ssh->auth_password($user, $password);
    } elsif ($methods->{'keyboard-interactive'} && @{ $shown->{answers} }) {
        $ssh->auth_keyboard($user, sub { map { shift @{ $shown->{answers} } } @_[4 .. $#_] });
    } else {
        return 0;
    }
    return 1;
}

sub opened {
    my ($mode, $path) = @_;
    open my $file, "$mode:raw", $path or fail('local', "$path: $!");
    return $file;
}

sub put {
    my ($local, $name, $resume) = @_;
    my $source = opened('<', $local);
    my $file = $sftp->open(at($name), O_WRONLY | O_CREAT | ($resume ? 0 : O_TRUNC), 0644) or return;
    if ($resume) {
        my %found = $sftp->stat(at($name)) or return;
        seek $source, $found{size}, SEEK_SET;
        $file->seek($found{size});
    }
    while (read $source, my $bytes, 32768) {
        while (length $bytes) {
            my $count = $file->write($bytes) or return;
            substr $bytes, 0, $count, '';
        }
    }
    return 1;
}

sub get {
    my ($name, $local, $resume) = @_;
    my $file = $sftp->open(at($name), O_RDONLY) or return;
    my $sink = opened($resume ? '>>' : '>', $local);
    $file->seek(-s $local) if $resume;
    while (1) {
        my $count = $file->read(my $bytes, 32768);
        return unless defined $count;
        last unless $count;
        print $sink $bytes;
    }
    return close $sink;
}

sub put_times {
    my ($local, $name) = @_;
    my ($mode, $mtime) = (stat $local)[2, 9];
    return put($local, $name)
        && $sftp->setstat(at($name), mode => $mode & 07777, atime => $mtime, mtime => $mtime);
}

sub get_times {
    my ($name, $local) = @_;
    get($name, $local) or return;
    my %found = $sftp->stat(at($name)) or return;
    return chmod($found{mode} & 07777, $local) && utime $found{mtime}, $found{mtime}, $local;
}

sub list {
    my $folder = $sftp->opendir(at($_[0])) or return;
    while (my $entry = $folder->read) {
        answer_name($entry->{name});
    }
    return 1;
}

sub attributes {
    my %found = $sftp->stat(at($_[0])) or return;
    answer_attributes($found{size}, $found{mode});
    return 1;
}

sub link_text {
    my $text = $sftp->readlink(at($_[0])) // return;
    answer('link', $text);
    return 1;
}

sub execute {
    my $channel = $ssh->channel or return;
    $channel->ext_data('ignore');
    $channel->exec($_[0]) or return;
    my $output = '';
    while ($channel->read(my $bytes, 32768)) {
        $output .= $bytes;
    }
    $channel->close;
    $channel->wait_closed;
    my $code = $channel->exit_status;
    fail('remote-error', "the command ended with $code") if $code;
    answer('output', $output);
    return 1;
}

my %actions = (
    put        => sub { put(@_[0, 1]) },
    get        => sub { get(@_[0, 1]) },
    resume_put => sub { put(@_[0, 1], 1) },
    resume_get => sub { get(@_[0, 1], 1) },
    put_times  => \&put_times,
    get_times  => \&get_times,
    ls         => \&list,
    stat       => \&attributes,
    readlink   => \&link_text,
    exec       => \&execute,
    rename     => sub { $sftp->rename(at($_[0]), at($_[1])) },
    mkdir      => sub { $sftp->mkdir(at($_[0]), 0755) },
    rmdir      => sub { $sftp->rmdir(at($_[0])) },
    rm         => sub { $sftp->unlink(at($_[0])) },
    chmod      => sub { $sftp->setstat(at($_[1]), mode => oct $_[0]) },
    symlink    => sub { $sftp->symlink($_[0], at($_[1])) },
);

$task = read_task(\%actions);
connect_to();
log_in();
for my $step (@{ $task->{steps} }) {
    my ($verb, @words) = @$step;
    $sftp //= $verb eq 'exec' ? undef : $ssh->sftp // fail('remote-error', 'no SFTP: ' . why());
    $actions{$verb}->(@words) or fail('remote-error', "$verb: " . why());
}
undef $sftp;
$ssh->disconnect;
