/**
 * X.509 as the Worker has it (`[alias]` in wrangler.toml): not at all. Passkeys that bring certificates are refused before any is looked at (docs/adr/0018),
 * so the libraries that read them are left out: they are a seventh of the bundle. What remains of ASN.1 is the signature of ECDSA.
 */

/** Ecdsa-Sig-Value, RFC 3279 §2.2.3. Both are the content octets of an INTEGER in DER. */
export class ECDSASigValue {
  r = new ArrayBuffer(0)
  s = new ArrayBuffer(0)
}

const refuse = (): never => {
  throw new Error('certificates are not looked at here')
}

/** Of an element at an offset that is at most 127 octets long: X.690 §8.1. @throws Error for any other */
function element(bytes: Uint8Array, at: number, tag: number): { from: number; to: number } {
  const length = bytes[at + 1] ?? 0x80
  const from = at + 2
  if (bytes[at] !== tag || length >= 0x80 || from + length > bytes.length) throw new Error('the signature is no DER')
  return { from, to: from + length }
}

export const AsnParser = {
  /** @throws Error for all but an ECDSA signature on P-256 */
  parse(bytes: Uint8Array, schema: unknown): ECDSASigValue {
    if (schema !== ECDSASigValue) return refuse()
    const whole = element(bytes, 0, 0x30)
    const r = element(bytes, whole.from, 0x02)
    const s = element(bytes, r.to, 0x02)
    if (whole.to !== bytes.length || s.to !== whole.to) throw new Error('the signature is no DER')
    return { r: bytes.slice(r.from, r.to).buffer, s: bytes.slice(s.from, s.to).buffer }
  },
}

/** Stands for each class of those libraries: none is ever made. */
class Absent {
  constructor() {
    refuse()
  }
}

export {
  Absent as AuthorityKeyIdentifierExtension,
  Absent as BasicConstraints,
  Absent as Certificate,
  Absent as CRLDistributionPointsExtension,
  Absent as ECParameters,
  Absent as ExtendedKeyUsage,
  Absent as KeyDescription,
  Absent as OctetString,
  Absent as RSAPublicKey,
  Absent as SubjectAlternativeName,
  Absent as SubjectKeyIdentifierExtension,
  Absent as X509Certificate,
  Absent as X509ChainBuilder,
  Absent as X509Crl,
}

const none = ''

export {
  none as id_ce_basicConstraints,
  none as id_ce_extKeyUsage,
  none as id_ce_keyDescription,
  none as id_ce_subjectAltName,
  none as id_ecdsaWithSHA256,
  none as id_ecdsaWithSHA384,
  none as id_ecdsaWithSHA512,
  none as id_ecPublicKey,
  none as id_ml_dsa_44,
  none as id_ml_dsa_65,
  none as id_ml_dsa_87,
  none as id_rsaEncryption,
  none as id_secp256r1,
  none as id_secp384r1,
  none as id_sha1WithRSAEncryption,
  none as id_sha256WithRSAEncryption,
  none as id_sha384WithRSAEncryption,
  none as id_sha512WithRSAEncryption,
}
