// SPDX-License-Identifier: ISC
// nodemailer's sendmail transport: nodemailer.js unix|windows LETTER
'use strict';
const nodemailer = require('nodemailer');
const fs = require('fs');

const [, , newline, file] = process.argv;
const letter = JSON.parse(fs.readFileSync(file, 'utf8'));
const people = list => list.map(([name, address]) => ({ name, address }));
const message = {
    from: { name: letter.from[0], address: letter.from[1] },
    to: people(letter.to),
    cc: people(letter.cc),
    bcc: people(letter.bcc),
    subject: letter.subject,
    text: letter.text
};
if (letter.sender) {
    const all = letter.to.concat(letter.cc, letter.bcc);
    message.envelope = { from: letter.sender, to: all.map(who => who[1]) };
}
if (letter.file)
    message.attachments = [{ path: letter.file }];
const how = { sendmail: true, newline, path: '/usr/sbin/sendmail' };
nodemailer.createTransport(how).sendMail(message, error => {
    if (error)
        throw error;
});
