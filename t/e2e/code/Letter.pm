# SPDX-License-Identifier: ISC
# What the Perl programs beside this share: the letter, and its header.
package Letter;

use strict;
use warnings;
use Encode qw(encode);
use JSON::PP;

# from(FILE): the letter.
sub from {
	open(my $in, '<', $_[0]) or die "$_[0]: $!";
	return decode_json(do { local $/ = undef; <$in> });
}

# words(TEXT): as RFC 2047 has them, all on one line.
sub words {
	my $words = encode('MIME-Header', $_[0]);
	$words =~ s/\s*\n\s*/ /g;
	$words =~ s/^ +//;
	return $words;
}

# A person as a field holds one.
sub person {
	my ($name, $address) = @{$_[0]};
	return $address if $name eq '';
	return words($name) . " <$address>" if $name =~ /[^ -~]/;
	$name =~ s/(["\\])/\\$1/g;
	return "\"$name\" <$address>";
}

# header(LETTER): From, To, Cc, Bcc and Subject, each a name and a body.
sub header {
	my ($letter) = @_;
	my @header = (From => person($letter->{from}));
	for my $field (qw(To Cc Bcc)) {
		my @all = map { person($_) } @{$letter->{lc $field}};
		push @header, $field => join(', ', @all) if @all;
	}
	return (@header, Subject => words($letter->{subject}));
}

sub text {
	return encode('UTF-8', $_[0]->{text});
}

1;
