//! Stories of messages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use data_encoding::BASE64;
use mail_parser::MessageParser;
use proptest::prelude::*;

use super::*;
use crate::redact::format::Refused;

type Places = Vec<(Option<String>, u64, u64)>;

fn rewritten(source: &[u8]) -> (String, Places) {
    let mut redactor = Redactor::default();
    let written = rewrite(source, &mut redactor).unwrap();
    let mut again = Redactor::default();
    assert!(
        rewrite(&written, &mut again).unwrap() == written && again.findings().is_empty(),
        "once is enough"
    );
    let places = redactor.findings().iter().map(|finding| &finding.place);
    let places = places.map(|place| (place.part.clone(), place.line, place.column)).collect();
    (String::from_utf8(written.to_vec()).unwrap(), places)
}

fn is(source: &str, wanted: &str, places: &[(Option<&str>, u64, u64)]) {
    let source = source.replace('\n', "\r\n");
    let (written, found) = rewritten(source.as_bytes());
    assert_eq!(written, wanted.replace('\n', "\r\n"));
    let found =
        found.iter().map(|(part, line, column)| (part.as_deref(), *line, *column)).collect::<Vec<_>>();
    assert_eq!(found, places, "{source}");
}

fn stays(source: &[u8]) {
    let mut redactor = Redactor::default();
    assert_eq!(rewrite(source, &mut redactor).unwrap()[..], *source);
    assert!(redactor.findings().is_empty());
}

fn refused(source: &str) -> String {
    rewrite(source.as_bytes(), &mut Redactor::default()).unwrap_err().to_string()
}

/// The texts of a message as another program reads them.
fn bodies(message: &str) -> Vec<String> {
    let message = MessageParser::default().parse(message.as_bytes()).unwrap();
    (0..message.text_body.len()).map(|at| message.body_text(at).unwrap().into_owned()).collect()
}

#[test]
fn a_plain_text_becomes_quoted_printable() {
    is(
        "From: a@b.c\nSubject: x\n\nDear,\n4111 1111 1111 1111 = card\n",
        "From: a@b.c\nSubject: x\nContent-Type: text/plain; charset=utf-8\nMIME-Version: 1.0\n\
         Content-Transfer-Encoding: quoted-printable\n\nDear,\n[card =E2=96=88=E2=96=88=E2=96=88=E2=96=88] =3D card\n",
        &[(None, 5, 1)],
    );
    is(
        "MIME-Version: 1.0\nContent-Type: text/plain;\n\tcharset=US-ASCII; format=flowed\nContent-Transfer-Encoding: 7bit\n\n4111111111111111",
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\n\
         [card =E2=96=88=E2=96=88=E2=96=88=E2=96=88]",
        &[(None, 6, 1)],
    );
}

#[test]
fn an_address_that_was_blacked_out_is_an_address_still() {
    is(
        "From: =?utf-8?Q?Lindstr=C3=B6m=2C_=C3=85sa?= <asa@example.org>\nTo: \"B, C\" <b@example.org>,\n c@example.org\n\nx",
        "From: =?utf-8?Q?Lindstr=C3=B6m=2C_=C3=85sa?= <redacted@invalid>\nTo: \"B, C\" <redacted@invalid>,\n redacted@invalid\n\nx",
        &[(None, 1, 47), (None, 2, 13), (None, 3, 2)],
    );
    let (written, _) =
        rewritten(b"From: card 4111111111111111 <a@b.se>\r\nTo: =?utf-8?Q?=C3=85_a@b.se?= <a@b.se>\r\n\r\nx");
    let message = MessageParser::default().parse(written.as_bytes()).unwrap();
    let named = |address: Option<&mail_parser::Address>| {
        let first = address.and_then(|all| all.first()).unwrap();
        (first.name().unwrap().to_owned(), first.address().unwrap().to_owned())
    };
    assert_eq!(named(message.from()), ("card [card ████]".to_owned(), "redacted@invalid".to_owned()));
    assert_eq!(named(message.to()), ("Å redacted@invalid".to_owned(), "redacted@invalid".to_owned()));
}

#[test]
fn a_changed_part_keeps_its_encoding() {
    let head = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: ";
    is(
        &format!("{head}8bit\n\né 4111111111111111\n"),
        &format!("{head}8bit\n\né [card ████]\n"),
        &[(None, 5, 3)],
    );
    is(
        &format!("{head}quoted-printable\n\n=C3=A9 41111111=\n11111111 x=3D\n"),
        &format!("{head}quoted-printable\n\n=C3=A9 [card =E2=96=88=E2=96=88=E2=96=88=E2=96=88] x=3D\n"),
        &[(Some("part"), 1, 3)],
    );
    let (before, after) =
        (BASE64.encode("é\n4111111111111111".as_bytes()), BASE64.encode("é\n[card ████]".as_bytes()));
    is(
        &format!("{head}base64\n\n{before}\n"),
        &format!("{head}base64\n\n{after}\n"),
        &[(Some("part"), 2, 1)],
    );
}

#[test]
fn character_sets_are_decoded() {
    let head =
        b"Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nM\xfcller "
            .to_vec();
    stays(&head);
    let (written, _) = rewritten(&[&head[..], b"4111111111111111"].concat());
    assert!(
        written.starts_with("Content-Type: text/plain; charset=utf-8\r\n")
            && written.ends_with("\r\n\r\nMüller [card ████]")
    );
    // A message in UTF-7, where digits are not what they look like.
    let (written, _) = rewritten(b"Content-Type: text/plain; charset=utf-7\r\n\r\n+ADQ-111111111111111");
    assert_eq!(bodies(&written), ["[card ████]"]);
    assert!(refused("Content-Type: text/plain; charset=iso-2022-jp\n\nx").contains("not known here"));
    assert!(refused("Content-Type: text/plain; charset=x-unknown\n\nx").contains("not known here"));
    let source = b"Content-Type: text/plain; charset=utf-8\n\nM\xfcller";
    assert!(rewrite(source, &mut Redactor::default()).unwrap_err().to_string().contains("is not"));
}

#[test]
fn headers_are_unfolded_and_decoded() {
    is(
        "Subject: Card 4111 1111\n 1111 1111 of Jane\nX-Other: x\n\n",
        "Subject: Card [card =?utf-8?B?4paI4paI4paI4paIXQ==?= of Jane\nX-Other: x\n\n",
        &[(None, 1, 15)],
    );
    is(
        "To: x\nSubject: =?iso-8859-1?Q?M=FCller_4111?=\n =?utf-8?B?MTExMTExMTExMTEx?= x\n\n",
        "To: x\nSubject: =?utf-8?B?TcO8bGxlcg==?= [card =?utf-8?B?4paI4paI4paI4paIXQ==?= x\n\n",
        &[(None, 2, 17)],
    );
    is(
        "Subject: a  b  é  é 4111111111111111  x\n\n",
        "Subject: a  b =?utf-8?B?IMOpICDDqQ==?= [card\n =?utf-8?B?4paI4paI4paI4paIXQ==?=  x\n\n",
        &[(None, 1, 21)],
    );
    stays("Subject: =?utf-8?B?w6k=?= =?utf-8?Q?_a=C3?= =?utf-8?Q?=A9?=\n =?x\n\n".as_bytes());
}

#[test]
fn a_long_header_is_folded() {
    let source = format!("Subject: 4111111111111111 {}\r\n\r\n", "Größe und Länge, ".repeat(20));
    let (written, _) = rewritten(source.as_bytes());
    assert!(written.is_ascii() && written.lines().all(|line| line.len() <= 76), "{written}");
    let message = MessageParser::default().parse(written.as_bytes()).unwrap();
    let wanted = format!("[card ████] {}", "Größe und Länge, ".repeat(20));
    assert_eq!(message.subject().unwrap(), wanted.trim());
}

const MIXED: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b 1\"\n\nPreamble\n--b 1\n\
    Content-Type: multipart/alternative; boundary=\"b 1x\"\n\n--b 1x\n\nPLAIN\n--b 1x\nContent-Type: text/html\n\n\
    HTML\n--b 1x--\n\n--b 1\nContent-Type: text/csv; name=x.csv\nContent-Transfer-Encoding: base64\n\nCSV\n--b 1  \n\
    Content-Type: application/json\nContent-Transfer-Encoding: 8bit\n\nJSON\n--b 1\nContent-Type: message/rfc822\n\nSubject: INNER\n\nBODY\n--b 1--\nEpilogue\n";

fn mixed(parts: &[(&str, &str)]) -> String {
    parts.iter().fold(MIXED.to_owned(), |mail, (name, text)| mail.replace(name, text)).replace('\n', "\r\n")
}

#[test]
fn each_part_is_read_as_what_it_is() {
    let csv = BASE64.encode(b"a;b\n1;4111111111111111\n");
    let source = mixed(&[
        ("PLAIN", "x 4111111111111111"),
        ("HTML", "<p>4111<b>111111111111</b>"),
        ("CSV", &csv),
        ("JSON", "{\"a\":\n4111111111111111}"),
        ("INNER", "4111111111111111"),
        ("BODY", "4111111111111111"),
        ("Preamble", "4111111111111111"),
        ("Epilogue", "4111111111111111"),
    ]);
    let (written, places) = rewritten(source.as_bytes());
    assert!(!written.contains("1111"), "{written}");
    let lines = places.iter().map(|(part, line, _)| (part.as_deref(), *line)).collect::<Vec<_>>();
    let line = |number| (None, number);
    assert_eq!(
        lines,
        [line(4), line(10), line(14), (Some("part 2"), 2), line(27), line(31), line(33), line(35)]
    );
    let message = MessageParser::default().parse(written.as_bytes()).unwrap();
    assert_eq!(message.body_text(0).unwrap(), "x [card ████]");
    assert_eq!(message.body_html(0).unwrap(), "<p>[card ████]<b></b>");
    let attachments = message.attachments().collect::<Vec<_>>();
    let texts = attachments.iter().filter_map(|part| part.text_contents());
    assert!(texts.clone().any(|text| text == "a;b\n1;[card ████]\n"), "{:?}", texts.collect::<Vec<_>>());
    let inner = attachments.iter().find_map(|part| part.message()).unwrap();
    assert_eq!((inner.subject(), inner.body_text(0).as_deref()), (Some("[card ████]"), Some("[card ████]")));
}

#[test]
fn a_message_without_hits_stays_byte_for_byte() {
    let csv = BASE64.encode(b"a;b\n");
    stays(mixed(&[("CSV", &csv), ("JSON", "[]")]).as_bytes());
    stays(b"a: \n\tb\nSubject:x\n\n");
    stays(b"Subject: x");
}

#[test]
fn only_the_part_that_is_changed_is_written_anew() {
    let csv = BASE64.encode(b"a;b\n");
    let source = mixed(&[("CSV", &csv), ("JSON", "[]"), ("PLAIN", "4111111111111111")]);
    let (written, _) = rewritten(source.as_bytes());
    let (before, after) = source.split_once("4111111111111111").unwrap();
    assert!(written.ends_with(after));
    assert!(written.starts_with(before.trim_end()));
}

#[test]
fn names_of_attachments_are_read() {
    is(
        "Content-Type: text/plain; name=\"4111111111111111.txt\"\nContent-Disposition: attachment;\n filename*=utf-8''%C3%A9%204111%201111%201111%201111.txt\n\nx\n",
        "Content-Type: text/plain;\n name*0*=utf-8''%5Bcard%20%E2%96%88%E2%96%88%E2%96%88%E2%96%88;\n name*1*=%5D.txt\nContent-Disposition: attachment;\n \
         filename*0*=utf-8''%C3%A9%20%5Bcard%20%E2%96%88%E2%96%88%E2%96%88;\n filename*1*=%E2%96%88%5D.txt\n\nx\n",
        &[(None, 1, 33), (None, 3, 14)],
    );
    is(
        "Content-Disposition: attachment; filename*0=\"4111 1111\"; size=5; filename*1=\" 1111 1111\"\n\n",
        "Content-Disposition: attachment;\n filename*0*=utf-8''%5Bcard%20%E2%96%88%E2%96%88%E2%96%88%E2%96%88;\n filename*1*=%5D; size=5\n\n",
        &[(None, 1, 46)],
    );
    stays(b"Content-Type: multipart/mixed; boundary=4111111111111111\n\n--4111111111111111\n\n--4111111111111111--\n");
}

#[test]
fn what_cannot_be_rewritten_is_refused() {
    for (source, what) in [
        ("Content-Type: image/png\n\nx", "an attachment in it, image/png,"),
        ("Content-Type: application/pkcs7-mime\n\nx", "an attachment in it, application/pkcs7-mime,"),
        ("Content-Type: Jane Doe/4\n\nx", "an attachment in it, of a type that is not known,"),
        ("Content-Type: multipart/signed; boundary=b\n\n--b\n\n--b--", "a signed message"),
        ("Content-Type: multipart/encrypted; boundary=b\n\n--b\n\n--b--", "an encrypted message"),
        ("a: b\n\nx\n-----BEGIN PGP MESSAGE-----\n", "a text in it that is encrypted or signed"),
        ("a: b\n\nbegin 644 x.png\n", "an attachment in its text"),
    ] {
        let refused = rewrite(source.as_bytes(), &mut Redactor::default()).unwrap_err();
        assert!(matches!(&refused, Refused::Format { what: told } if told == what), "{source}: {refused}");
    }
}

#[test]
fn what_is_no_whole_message_is_refused() {
    for (source, why) in [
        ("", "line 1: a header is missing"),
        ("\nx", "line 1: a header is missing"),
        ("From me@x Mon\nSubject: x\n\n", "line 1: it is no header"),
        ("a: b\nno header\n\n", "line 2: it is no header"),
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n",
            "line 3: parts begin there whose last boundary",
        ),
        ("Content-Type: multipart/mixed\n\n--b\n\nx\n", "without a boundary"),
        ("Content-Type: text/plain\nContent-Type: text/html\n\n", "line 2: a second Content-Type"),
        ("Content-Transfer-Encoding: x-uuencode\n\n", "line 1: an encoding"),
        ("Content-Transfer-Encoding: base64\n\nAAA=A\n", "line 3: a part is no base64"),
        ("Content-Type: text/plain; name=\"x\n\n", "a quote in a header"),
        ("Content-Type: text/plain; x\n\n", "has no value"),
        ("Subject: =?utf-8?B?####?=\n\n", "no base64"),
        (
            "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b--",
            "as a whole",
        ),
    ] {
        assert!(refused(source).contains(why), "{source}: {}", refused(source));
    }
    let many =
        (0..101).fold("Content-Type: text/plain".to_owned(), |all, number| format!("{all}; a{number}=1"));
    assert!(refused(&format!("{many}\n\n")).contains("more than 100"));
}

#[test]
fn depth_is_bounded() {
    let message = "Content-Type: message/rfc822\n\n";
    assert!(refused(&message.repeat(100)).contains("10 deep"));
    stays(format!("{}Subject: x\n\nx", message.repeat(9)).as_bytes());
}

proptest! {
    #[test]
    fn any_message_is_rewritten_once_or_refused(
        text in "[a-z =é\n.,]{0,120}",
        at in 0..900_usize,
        cut in prop::option::of(0..900_usize),
        noise in "[\\PC\r\n =?:;\"*%-]{0,8}",
    ) {
        let csv = BASE64.encode(b"a;b\n1;4111111111111111\n");
        let mut source = mixed(&[("CSV", &csv), ("PLAIN", &text), ("JSON", "[4111111111111111]")]).into_bytes();
        let at = at.min(source.len());
        source.splice(at..at, noise.bytes());
        source.truncate(cut.unwrap_or(usize::MAX));
        if let Ok(written) = rewrite(&source, &mut Redactor::default()) {
            let mut again = Redactor::default();
            prop_assert!(rewrite(&written, &mut again).is_ok_and(|twice| twice == written));
            prop_assert!(again.findings().is_empty());
        }
    }
}

#[test]
fn a_number_that_was_wrapped_in_a_quote_is_found_and_the_marks_stay() {
    is(
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\
         Yes.\n> To DE89 3704 0044\n> 0532 0130 00, and\n> > SE45 5000 0000\n>> 0583 9825 7466 was\n>\n> x\n",
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\
         Yes.\n> To [IBAN ████]\n> , and\n> > [IBAN ████]\n>>  was\n>\n> x\n",
        &[(None, 5, 6), (None, 7, 5)],
    );
}

/// A thread was torn once, and mail readers stumbled over what stood there.
#[test]
fn what_machines_write_for_machines_stays() {
    let source = "Message-ID: <CA+x@mail.example.org>\r\nReferences: <a@b.example> <c@d.example>\r\nFrom: o@example.org\r\n\r\nx\r\n";
    let mut redactor = Redactor::default();
    let written = rewrite(source.as_bytes(), &mut redactor).unwrap();
    let written = String::from_utf8(written.to_vec()).unwrap();
    assert!(
        written.starts_with(
            "Message-ID: <CA+x@mail.example.org>\r\nReferences: <a@b.example> <c@d.example>\r\n"
        )
    );
    assert!(!written.contains("o@example.org"));
}
