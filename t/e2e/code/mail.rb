# SPDX-License-Identifier: ISC
# Ruby's mail: mail.rb plain|t LETTER
require 'json'
require 'mail'

how, file = ARGV
letter = JSON.parse(File.read(file, encoding: 'UTF-8'))
options = how == 't' ? { arguments: '-i -t' } : {}
people = lambda do |list|
  list.map do |name, address|
    a = Mail::Address.new(address)
    a.display_name = name unless name.empty?
    a.format
  end
end

m = Mail.new
m.charset = 'UTF-8'
m.delivery_method :sendmail, options
m.from = people.call([letter['from']])
%w[to cc bcc].each do |field|
  m[field] = people.call(letter[field]) unless letter[field].empty?
end
m.subject = letter['subject']
if letter['file']
  m.text_part = Mail::Part.new { body letter['text'] }
  m.text_part.charset = 'UTF-8'
  m.add_file letter['file']
else
  m.body = letter['text']
end
m.content_transfer_encoding = '8bit' if letter['long']
m.smtp_envelope_from = letter['sender'] if letter['sender']
m.deliver!
