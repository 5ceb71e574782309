# SPDX-License-Identifier: ISC
# MIME::Lite: mime_lite.pl - LETTER
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Letter;
use MIME::Lite;

my $letter = Letter::from($ARGV[1]);
my @header = Letter::header($letter);
my @text = (
	Type => 'text/plain; charset=utf-8',
	Encoding => $letter->{long} ? 'binary' : 'quoted-printable',
	Data => Letter::text($letter),
);
my $m;
if ($letter->{file}) {
	$m = MIME::Lite->new(@header, Type => 'multipart/mixed');
	$m->attach(@text);
	$m->attach(Type => 'application/octet-stream', Encoding => 'base64',
	    Path => $letter->{file}, Disposition => 'attachment');
} else {
	$m = MIME::Lite->new(@header, @text);
}
my @sender = $letter->{sender} ? (FromSender => $letter->{sender}) : ();
$m->send('sendmail', @sender, SetSender => 1);
