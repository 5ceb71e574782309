<?php
// SPDX-License-Identifier: ISC
// Symfony Mailer: symfony.php DSN LETTER..., all by one transport
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';

use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Address;
use Symfony\Component\Mime\Email;

function people($list)
{
	return array_map(fn($who) => new Address($who[1], $who[0]), $list);
}

function message($file)
{
	$letter = json_decode(file_get_contents($file));
	$m = (new Email())
	    ->from(new Address($letter->from[1], $letter->from[0]))
	    ->to(...people($letter->to))
	    ->cc(...people($letter->cc))
	    ->bcc(...people($letter->bcc))
	    ->subject($letter->subject)
	    ->text($letter->text);
	if ($letter->sender)
		$m->returnPath($letter->sender);
	if ($letter->file)
		$m->attachFromPath($letter->file);
	return $m;
}

$mailer = new Mailer(Transport::fromDsn($argv[1]));
foreach (array_slice($argv, 2) as $file)
	$mailer->send(message($file));
