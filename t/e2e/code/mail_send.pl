# SPDX-License-Identifier: ISC
# Mail::Send over Mail::Mailer's sendmail: mail_send.pl - LETTER
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Letter;
use Mail::Send;

my $letter = Letter::from($ARGV[1]);
my @header = (Letter::header($letter), 'MIME-Version' => '1.0',
    'Content-Type' => 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding' => '8bit');
my $m = Mail::Send->new;
while (my ($name, $value) = splice @header, 0, 2) {
	$m->set($name, $value);
}
my @sender = $letter->{sender} ? ("-f$letter->{sender}") : ();
my $out = $m->open('sendmail', @sender);
print $out Letter::text($letter);
$out->close or die 'not sent';
