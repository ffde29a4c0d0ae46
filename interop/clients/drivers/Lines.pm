# The lines of interop/clients/driver.py for drivers in Perl: a task comes in, an answer goes out.
# Names and paths are bytes throughout.
package Lines;

use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(read_task remote_path fail answer answer_name answer_attributes);

# Prints "STATE: message" (a state of interop.clients.base.STATES) and ends the program.
sub fail {
    my ($state, $message) = @_;
    $message =~ s/\s+/ /g;
    print STDERR "$state: $message\n";
    exit 1;
}

sub decoded {
    my ($text) = @_;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    return $text;
}

# The task from stdin: a hash of its fields, `steps` a list of lists of words, `answers` a list. A verb that is none of
# the hash's keys ends the program.
sub read_task {
    my ($actions) = @_;
    my %task = (steps => []);
    while (my $line = <STDIN>) {
        chomp $line;
        my ($name, $value) = split / /, $line, 2;
        if ($name eq 'step') {
            push @{ $task{steps} }, [ map { decoded($_) } split / /, $value, -1 ];
        } elsif ($name eq 'answer') {
            push @{ $task{answers} }, decoded($value);
        } else {
            $task{$name} = decoded($value);
        }
    }
    for my $step (@{ $task{steps} }) {
        fail('unsupported', $step->[0]) unless exists $actions->{ $step->[0] };
    }
    return \%task;
}

# The remote path of a name.
sub remote_path {
    my ($task, $name) = @_;
    return $name if $name =~ m{^/};
    my $base = $task->{base};
    $base .= '/' unless $base =~ m{/$};
    return $base . $name;
}

# One line of the answer.
sub answer {
    my ($name, $value) = @_;
    $value =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
    print "$name $value\n";
}

# A name of a listing, unless it is . or ..
sub answer_name {
    my ($name) = @_;
    answer('name', $name) unless $name eq '.' or $name eq '..';
}

sub answer_attributes {
    my ($size, $mode) = @_;
    my %kinds = (0100000 => 'file', 0040000 => 'directory', 0120000 => 'symlink');
    printf "size %d\nmode %o\ntype %s\n", $size, $mode & 07777, $kinds{ $mode & 0170000 } // 'other';
}

1;
