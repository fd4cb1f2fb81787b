//! The words that are labels: each detector's own, those of every national number, and those that say that a number
//! is something else.

use std::sync::LazyLock;

use super::detectors;
use super::labels::Meaning;

/// Labels of every national number.
pub(super) const NATIONAL: Meaning = 1 << 122;
/// Labels of account numbers, phone numbers and birth dates, and of what is none of these.
pub(super) const IBAN: Meaning = 1 << 123;
pub(super) const PHONE: Meaning = 1 << 124;
pub(super) const BIRTH: Meaning = 1 << 125;
pub(super) const SOMETHING_ELSE: Meaning = 1 << 126;

/// Of every detector of a national number.
pub(super) static NATIONAL_OWN: LazyLock<Meaning> = LazyLock::new(|| {
    let national = detectors::ALL.iter().enumerate().filter(|(_, detector)| detector.is_national);
    national.fold(0, |meaning, (number, _)| meaning | (1 << number))
});

/// Every label and what it means.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Meaning)> {
    let detectors = detectors::ALL.iter().enumerate();
    let own = detectors.flat_map(|(number, detector)| {
        let same_kind = detectors::ALL.iter().enumerate().filter(|(_, other)| other.kind == detector.kind);
        let meaning = same_kind.fold(0, |meaning, (other, _)| meaning | (1 << other)) | (1 << number);
        detector.labels.iter().map(move |label| (*label, meaning))
    });
    let of =
        |words: &'static [&'static str], meaning: Meaning| words.iter().map(move |word| (*word, meaning));
    own.chain(of(NATIONAL_WORDS, NATIONAL))
        .chain(of(IBAN_WORDS, IBAN))
        .chain(of(PHONE_WORDS, PHONE))
        .chain(of(BIRTH_WORDS, BIRTH))
        .chain(of(OTHER_WORDS, SOMETHING_ELSE))
}

#[rustfmt::skip] // Words, not one a line.
const NATIONAL_WORDS: &[&str] = &[
    "passport", "passport number", "passport no", "driving licence", "driver's license", "driver license",
    "licence number", "nomor id", "no id", "ID-nr",
    // English
    "national id", "national id number", "national identity", "national identity number",
    "national identification", "national identification number", "identity number", "identity no", "id number",
    "id no", "id card", "identity card", "identification number", "identification no", "personal number",
    "personal id", "personal id number", "personal identity", "personal identification", "personal code",
    "citizen number", "citizen id", "tax number", "tax id", "tax identification", "tax identification number",
    "tax no", "taxpayer id", "taxpayer number", "taxpayer no", "TIN", "证件号码", "证件号", "身份号码", "insurance number",
    "personal tax", "national number",
    // Spanish
    "numero de identidad", "numero de identificacion", "identificacion personal", "documento de identidad",
    "cedula", "cedula de identidad", "identidad nacional", "identificacion nacional",
    "numero nacional de identidad", "numero personal", "codigo personal", "identificacion fiscal",
    "numero fiscal", "codigo fiscal",
    // Indonesian
    "nomor identitas", "no identitas", "identitas nasional", "kartu identitas", "nomor induk",
    "nomor kependudukan", "nomor pribadi", "kode pribadi", "nomor pajak", "nomor wajib pajak", "kode pajak",
    "identitas pribadi",
    // Swedish
    "personnummer", "id-nummer", "idnummer", "identitetsnummer", "identifikationsnummer", "nationellt id",
    "nationellt id-nummer", "nationellt identitetsnummer", "personkod", "personlig kod", "id-kort",
    "legitimationsnummer", "skattenummer", "skatteregistreringsnummer", "socialförsäkringsnummer",
    // Ukrainian
    "ідентифікаційний номер", "ідентифікаційний код", "ідентифікаційного номера", "ідентифікаційним номером",
    "національний ідентифікаційний номер", "національний номер", "номер посвідчення", "посвідчення особи",
    "особистий номер", "особовий номер", "персональний номер", "персональний код", "особистий код",
    "податковий номер", "податковий код", "номер платника податків", "номер соціального страхування",
    "ід-номер",
    // Others
    "personalausweisnummer", "ausweisnummer", "personennummer", "personenkennziffer", "identiteitsnummer",
    "persoonsnummer", "numero d'identification", "numero d'identite", "piece d'identite",
    "numero di identificazione", "carta d'identita", "numero de identificacao", "bilhete de identidade",
    "numer identyfikacyjny", "numer dowodu", "dowod osobisty", "identifikacni cislo", "osobni cislo",
    "szemelyi szam", "szemelyi azonosito", "идентификационный номер", "личный номер", "личен номер",
    "номер паспорта", "kimlik numarasi", "identitetsnr", "personlig id",
];

#[rustfmt::skip] // Words, not one a line.
const IBAN_WORDS: &[&str] = &[
    "account", "accountnumber", "banking details", "сметка", "рахунок", "账号", "账户", "계좌번호", "계좌", "खाता",
    "hesabi", "λογαριασμος", "tili", "bankszamla", "iban", "bank account", "account number", "account no",
    "acct", "acct no", "numero de cuenta", "cuenta bancaria", "cuenta", "nomor rekening", "rekening",
    "kontonummer", "bankkonto", "konto", "номер рахунку", "банківський рахунок", "compte bancaire",
    "numero de compte", "numero di conto", "conto corrente", "rekeningnummer", "numer konta", "tilinumero",
    "cislo uctu", "bankszámlaszám", "numero de conta", "cont bancar", "nr konta", "nr rachunku",
    "rachunek bankowy", "bankovni ucet", "ucet", "bankrekening", "номер на сметка", "खाता संख्या", "बैंक खाता",
    "р/р", "은행계좌", "banka hesabi", "hesap",
];

#[rustfmt::skip] // Words, not one a line.
const PHONE_WORDS: &[&str] = &[
    "handy", "mob", "contact number", "phonenumber", "phoneno", "telefonni", "mobilni", "phone", "phone number",
    "phone no", "telephone", "tel", "tel no", "mobile", "mobile number", "cell", "cell phone", "cellphone",
    "fax", "whatsapp", "call me", "call me on", "call me at", "call her on", "call him on", "reach me at",
    "telefono", "numero de telefono", "movil", "celular", "llamar al", "llame al", "telepon", "nomor telepon",
    "telp", "hp", "no hp", "nomor hp", "ponsel", "nomor ponsel", "handphone", "hubungi", "telefon",
    "telefonnummer", "tfn", "tlf", "tel.nr", "mobil", "mobilnummer", "mobiltelefon", "ring mig på", "ringa",
    "nås på", "телефон", "номер телефону", "телефону", "тел", "моб", "мобільний", "мобільного", "факс",
    "телефонувати", "handynummer", "telefonnr", "rufnummer", "portable", "telefone", "telemovel", "cellulare",
    "telefoon", "telefoonnummer", "puhelin", "puhelinnumero", "matkapuhelin", "telefonszám", "komorka",
    "numer telefonu", "전화", "연락처", "전화번호", "휴대폰", "电话", "手机", "电话号码", "फ़ोन", "मोबाइल", "mobiel", "mobilnr",
    "gsm", "мобилен", "мобильный", "telefonu", "telefonun", "cep", "kinito", "τηλεφωνο", "κινητο", "matkapuh",
    "puh", "nr tel", "telefonní", "mobilní",
];

#[rustfmt::skip] // Words, not one a line.
const BIRTH_WORDS: &[&str] = &[
    "ur", "dateofbirth", "birthdate", "gebdatum", "date of birth", "birth date", "birth_date", "birthday",
    "dob", "d.o.b", "born", "born on", "fecha de nacimiento", "nacimiento", "f. nac", "fecha nac", "nacido",
    "nacida", "nacio", "nacio el", "tanggal lahir", "tgl lahir", "tgl. lahir", "lahir", "hari lahir",
    "födelsedatum", "födelsedag", "född", "född den", "födelsetid", "f. d", "дата народження",
    "дати народження", "датою народження", "народився", "народилася", "народилась", "народжений", "народжена",
    "день народження", "д.н", "нар", "geburtsdatum", "geburtstag", "geboren", "geboren am", "geb",
    "date de naissance", "né le", "née le", "ne le", "nee le", "né(e) le", "naissance", "data di nascita",
    "nato il", "nata il", "geboortedatum", "data urodzenia", "urodzony", "urodzona", "urodzil sie",
    "urodzila sie", "data de nascimento", "nascido", "nascida", "nasceu", "fødselsdato", "født", "fødselsdag",
    "syntymäaika", "syntymäpäivä", "syntynyt", "datum narození", "narozen", "narozena", "narodený",
    "dátum narodenia", "születési dátum", "született", "data nașterii", "născut", "născută", "дата на раждане",
    "роден", "родена", "дата рождения", "родился", "родилась", "doğum tarihi", "doğumlu", "doğdu",
    "ημερομηνια γεννησης", "γεννηθηκε", "出生日期", "出生", "生年月日", "생년월일", "생일", "जन्म तिथि", "जन्मतिथि",
    "geboortedag", "dáta breithe", "fæðingardagur", "geb datum", "d tarihi", "f nacimiento", "生日",
    "जन्म दिनांक", "जन्म", "nar", "doğum", "synt", "f dato", "fdato", "f nac", "né en", "rojen", "rođen",
    "rođena", "syntyi", "syntymä", "ur dn", "nato a", "sünniaeg", "dzimšanas datums", "gimimo data",
    "datum rođenja", "datum rojstva",
];

#[rustfmt::skip] // Words, not one a line.
const OTHER_WORDS: &[&str] = &[
    "ust-idnr", "ust-id", "umsatzsteuer-id", "hrb", "siren", "siret", "org no", "company number", "company no",
    "firmware", "sha256", "spis",
    // English
    "invoice", "invoice no", "inv", "order", "order no", "order number", "po", "purchase order", "ref",
    "reference", "our ref", "your ref", "tracking", "tracking number", "shipment", "parcel", "consignment",
    "waybill", "awb", "article", "art", "item", "sku", "part", "part no", "product", "model", "serial",
    "serial no", "s/n", "batch", "lot", "isbn", "issn", "ean", "gtin", "upc", "barcode", "imei", "mac", "uuid",
    "guid", "hash", "commit", "build", "version", "release", "ticket", "case", "case no", "file no", "contract",
    "contract no", "policy", "quote", "quotation", "receipt", "transaction", "txn", "payment ref", "delivery",
    "delivery note", "meter", "meter no", "reading", "timestamp", "ts", "epoch", "unix", "created_at",
    "updated_at", "amount", "total", "subtotal", "balance", "price", "quantity", "qty", "units", "pcs",
    "vat no", "vat", "customer no", "customer number", "client no", "job", "job no", "project", "asset",
    "container", "port", "pid", "request", "req", "session", "code", "doi", "page", "line", "vin", "usd", "eur",
    "sek", "gbp", "idr", "uah", "rp", "kr",
    // Spanish
    "factura", "factura n", "pedido", "numero de pedido", "referencia", "envio", "seguimiento", "articulo",
    "albaran", "presupuesto", "expediente", "contrato", "lote", "serie", "importe", "cantidad", "recibo",
    "producto",
    // Indonesian
    "faktur", "pesanan", "nomor pesanan", "resi", "nomor resi", "referensi", "pengiriman", "barang", "jumlah",
    "kontrak", "kuitansi", "nomor seri", "kode barang", "produk", "versi", "tagihan",
    // Swedish
    "faktura", "fakturanummer", "fakturanr", "ordernummer", "ordernr", "referens", "leverans", "sändning",
    "kolli", "paket", "artikel", "artikelnummer", "artikelnr", "artnr", "serienummer", "serienr", "ärende",
    "ärendenummer", "diarienummer", "dnr", "kundnummer", "kvitto", "ocr", "ocr-nummer", "avtal", "avtalsnummer",
    "belopp", "antal", "mätare", "mätarställning", "org.nr", "orgnr", "organisationsnummer", "spårningsnummer",
    "tidsstämpel", "streckkod",
    // Ukrainian
    "рахунок-фактура", "рахунок", "накладна", "накладної", "замовлення", "номер замовлення", "посилання",
    "посилка", "відправлення", "артикул", "договір", "договору", "серійний номер", "серія", "партія",
    "квитанція", "сума", "кількість", "єдрпоу", "заявка", "справа", "ттн", "версія", "товар",
    // Others
    "rechnung", "rechnungsnummer", "rechnungsnr", "bestellung", "bestellnummer", "auftrag", "auftragsnummer",
    "lieferschein", "sendung", "sendungsnummer", "seriennummer", "kundennummer", "vorgang", "aktenzeichen",
    "facture", "commande", "colis", "bon de livraison", "suivi", "fattura", "ordine", "spedizione", "factuur",
    "bestelling", "zending", "faktura nr", "zamowienie", "przesylka", "fatura", "encomenda", "objednavka",
    "zasilka", "lasku", "tilaus", "szamla", "rendeles", "comanda", "поръчка", "фактура", "заказ", "счет",
    "siparis", "発注", "订单", "发票", "주문", "송장", "bestilling", "ordre", "forsendelse", "kvittering",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::folding::Words;

    #[test]
    fn each_label_begins_as_a_word_does() {
        for (label, _) in all() {
            assert_eq!(Words::within(label, 0..label.len()).next(), Some(0), "{label}");
        }
    }
}
