# SPDX-License-Identifier: ISC
# Email::Sender with Email::Simple: email_sender.pl - LETTER
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::Sendmail;
use Email::Simple;
use Letter;

my $letter = Letter::from($ARGV[1]);
my @header = (Letter::header($letter), 'MIME-Version' => '1.0',
    'Content-Type' => 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding' => '8bit');
my $m = Email::Simple->create(header => \@header,
    body => Letter::text($letter));
my $envelope = {
	transport => Email::Sender::Transport::Sendmail->new,
	to => [map { $_->[1] } map { @{$letter->{$_}} } qw(to cc bcc)],
};
$envelope->{from} = $letter->{sender} if $letter->{sender};
sendmail($m, $envelope);
