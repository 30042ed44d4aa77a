//! The names in a certificate (RFC 5280), which the crate `x509-parser` reads.

use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

use crate::packet::reader::Reader;

/// Names that are told of one certificate; some have hundreds.
pub const MAX_CERTIFICATE_NAMES: usize = 32;

/// The first certificate of a Certificate message as versions up to 1.2 send it: in the clear.
pub(super) fn first(body: &[u8]) -> Option<&[u8]> {
    let mut chain = Reader::new(body);
    // The last bytes of a long chain are not waited for.
    chain.u24()?;
    chain.vec24()
}

/// A certificate message with one certificate.
#[cfg(test)]
pub(super) fn emit(certificate: &[u8]) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[1..], bytes].concat();
    [&[super::CERTIFICATE][..], &sized(&sized(&sized(certificate)))].concat()
}

/// Whom a certificate in DER is for: the subject's common name first, then its alternative names, each once. What is not UTF-8 is left out.
pub fn certificate_names(der: &[u8]) -> Vec<String> {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Vec::new() };
    let common =
        certificate.subject().iter_common_name().filter_map(|name| std::str::from_utf8(name.attr_value().data).ok().map(str::to_owned));
    let extensions = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    let others = extensions.flatten().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    });
    let mut names: Vec<String> = Vec::new();
    for name in common.chain(others) {
        if !name.is_empty() && !names.contains(&name) && names.len() < MAX_CERTIFICATE_NAMES {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::tls::{Flight, Message, record};

    /// A certificate that signs itself, of `CN=one.example` for `one.example`, `*.two.example` and 192.0.2.1.
    const DER: &[u8] = include_bytes!("testdata/names.der");

    #[test]
    fn the_common_name_comes_first_and_each_name_once() {
        assert_eq!(certificate_names(DER), ["one.example", "*.two.example"]);
        assert!(certificate_names(&DER[..DER.len() / 2]).is_empty());
    }

    #[test]
    fn the_first_certificate_is_found_before_the_chain_is_whole() {
        let message = emit(DER);
        let stream = record(&message);
        let flight = Flight::of(&stream);
        assert_eq!(flight.messages().collect::<Vec<_>>(), [Message::Certificate(DER)]);
        assert_eq!(Flight::of(&stream[..stream.len() - 1]).messages().count(), 0);
        assert_eq!(first(&[0, 9, 9, 0, 0, 2, 7, 8]), Some(&[7, 8][..]));
        assert_eq!(first(&[0, 0, 9, 0, 0, 2, 7]), None);
    }

    proptest::proptest! {
        #[test]
        fn a_certificate_that_was_changed_is_read_without_harm(at in 0..DER.len(), byte: u8) {
            let mut der = DER.to_vec();
            der[at] = byte;
            assert!(certificate_names(&der).len() <= MAX_CERTIFICATE_NAMES);
        }
    }
}
