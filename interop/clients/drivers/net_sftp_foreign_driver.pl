#!/usr/bin/perl
# Carries out steps with Net::SFTP::Foreign: Lines.pm says how it is told and how it answers. The
# arguments are the options for ssh, which makes the connection.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fcntl ':mode';
use Lines;
use Net::SFTP::Foreign;
use Net::SFTP::Foreign::Attributes;
use Net::SFTP::Foreign::Constants qw(:flags);

# Without mkpath => 0 missing folders are made.
my %plain = (copy_perm => 0, copy_time => 0, mkpath => 0);
my %kept  = (mkpath => 0, copy_perm => 1, copy_time => 1, umask => 0);
my ($sftp, $task);

sub at { return remote_path($task, $_[0]) }

sub list {
    my $entries = $sftp->ls(at($_[0])) or return;
    answer_name($_->{filename}) for @$entries;
    return 1;
}

sub attributes {
    my $found = $sftp->stat(at($_[0])) or return;
    answer_attributes($found->size, $found->perm);
    return 1;
}

sub link_text {
    my $text = $sftp->readlink(at($_[0])) // return;
    answer('link', $text);
    return 1;
}

sub space {
    my $found = $sftp->statvfs(at($_[0])) or return;
    answer('output', "block size $found->{frsize}, blocks $found->{blocks}, available $found->{bavail}");
    return 1;
}

# Writes, asks the server to write to its disk, closes.
sub put_fsync {
    my ($local, $name) = @_;
    open my $source, '<:raw', $local or fail('local', "$local: $!");
    my $file = $sftp->open(at($name), SSH2_FXF_WRITE | SSH2_FXF_CREAT | SSH2_FXF_TRUNC) or return;
    while (read $source, my $bytes, 32768) {
        $sftp->write($file, $bytes) or return;
    }
    return $sftp->flush($file, 'out') && $sftp->fsync($file) && $sftp->close($file);
}

my %actions = (
    put        => sub { $sftp->put($_[0], at($_[1]), %plain) },
    get        => sub { $sftp->get(at($_[0]), $_[1], %plain) },
    put_times  => sub { $sftp->put($_[0], at($_[1]), %kept) },
    get_times  => sub { $sftp->get(at($_[0]), $_[1], %kept) },
    put_fsync  => \&put_fsync,
    resume_put => sub { $sftp->put($_[0], at($_[1]), %plain, resume => 1) },
    resume_get => sub { $sftp->get(at($_[0]), $_[1], %plain, resume => 1) },
    put_tree   => sub { $sftp->rput($_[0], at($_[1]), copy_perm => 0, copy_time => 0) && !$sftp->error },
    get_tree   => sub { $sftp->rget(at($_[0]), $_[1], copy_perm => 0, copy_time => 0) && !$sftp->error },
    ls         => \&list,
    stat       => \&attributes,
    readlink   => \&link_text,
    statvfs    => \&space,
    rename     => sub { $sftp->rename(at($_[0]), at($_[1])) },
    mkdir      => sub { $sftp->mkdir(at($_[0])) },
    rmdir      => sub { $sftp->rmdir(at($_[0])) },
    rm         => sub { $sftp->remove(at($_[0])) },
    chmod      => sub { $sftp->chmod(at($_[1]), oct $_[0]) },
    symlink    => sub { $sftp->symlink(at($_[1]), $_[0]) },
    hardlink   => sub { $sftp->hardlink(at($_[1]), at($_[0])) },
);

$task = read_task(\%actions);
my %password = defined $task->{password} ? (password => $task->{password}) : ();
# Latin 1: the names are bytes, to be sent as they are.
$sftp = Net::SFTP::Foreign->new(
    $task->{host},
    user        => $task->{user},
    port        => $task->{port},
    more        => [@ARGV],
    timeout     => 30,
    fs_encoding => 'latin1',
    %password,
);
if ($sftp->error) {
    # What ssh said on stderr says more, where it says something.
    print STDERR 'Net::SFTP::Foreign: ' . $sftp->error . "\n";
    exit 1;
}
for my $step (@{ $task->{steps} }) {
    my ($verb, @words) = @$step;
    $actions{$verb}->(@words) or fail('remote-error', "$verb: " . $sftp->error);
}
$sftp->disconnect;
