<?php
// SPDX-License-Identifier: ISC
// PHPMailer: phpmailer.php sendmail|mail LETTER
require '/usr/share/php/libphp-phpmailer/autoload.php';

[, $how, $file] = $argv;
$letter = json_decode(file_get_contents($file));
$m = new PHPMailer\PHPMailer\PHPMailer(true);
$how == 'mail' ? $m->isMail() : $m->isSendmail();
$m->CharSet = 'utf-8';
if ($letter->long)
	$m->Encoding = '8bit';
$m->setFrom($letter->from[1], $letter->from[0], false);
if ($letter->sender)
	$m->Sender = $letter->sender;
foreach (['to' => 'addAddress', 'cc' => 'addCC', 'bcc' => 'addBCC'] as
    $field => $add)
	foreach ($letter->$field as $who)
		$m->$add($who[1], $who[0]);
$m->Subject = $letter->subject;
$m->Body = $letter->text;
if ($letter->file)
	$m->addAttachment($letter->file);
$m->send();
