import { hexText } from '../../binary/index.ts';
import { describeKey, describeScheme, hash } from '../../crypto/index.ts';
import { type ChainCertificateContent, type ChainStatement, certificateOfContent, chains } from '../../fip/index.ts';

/** A certificate as lines for people: who signed it how, and what it vouches for. */
export function describeCertificate(content: ChainCertificateContent): string[] {
  const { certificate, statements } = content;
  const { serial, subject, issuer, scheme, notBefore, notAfter, publicKey, publicKeyInfo } = certificate;
  const issuerText = issuer.text === subject.text ? [] : [`issuer     ${issuer.text}`];
  return [
    `subject    ${subject.text}`,
    ...issuerText,
    `serial     0x${serial.toString(16)}`,
    `valid      ${notBefore.toISOString()} to ${notAfter.toISOString()} (loaders do not look)`,
    `signed     ${describeScheme(scheme)}${scheme.kind === 'rsa-pss' ? `, salt ${scheme.saltLength}` : ''}`,
    `key        ${describeKey(publicKey)}, sha256 ${hexText(hash('sha256', publicKeyInfo))}`,
    ...placesOf(content).map((place) => `place      ${place}`),
    ...statements.map(describeStatement),
    ...(statements.length === 0 ? ['vouches for nothing that a chain of trust of TF-A knows'] : []),
  ];
}

/** A certificate as data. */
export function jsonCertificate(content: ChainCertificateContent): object {
  const { certificate, statements } = content;
  const { serial, subject, issuer, scheme, notBefore, notAfter, publicKey, publicKeyInfo } = certificate;
  return {
    subject: subject.text,
    issuer: issuer.text,
    serial,
    notBefore,
    notAfter,
    scheme,
    key: { kind: describeKey(publicKey), sha256: hash('sha256', publicKeyInfo) },
    places: placesOf(content),
    statements: statements.map(jsonStatement),
  };
}

/** `tbbr tb-fw-cert`: every place in a chain that the certificate can stand in. */
function placesOf(content: ChainCertificateContent): string[] {
  return Object.values(chains).flatMap((chain) => {
    const row = certificateOfContent(chain, content);
    return row === undefined ? [] : [`${chain.name} ${row.image}, signed by ${row.signedBy}`];
  });
}

function describeStatement(statement: ChainStatement): string {
  switch (statement.kind) {
    case 'counter':
      return `counter    ${statement.counter} ${statement.value}`;
    case 'hash': {
      const { hash: name, digest } = statement.digest;
      return `image      ${statement.image}  ${statement.absent ? 'absent' : `${name} ${hexText(digest)}`}`;
    }
    case 'key':
      return `key of     ${statement.key}  ${describeKey(statement.publicKey)}, sha256 ${hexText(hash('sha256', statement.publicKeyInfo))}`;
  }
}

function jsonStatement(statement: ChainStatement): object {
  switch (statement.kind) {
    case 'counter':
      return statement;
    case 'hash':
      return { kind: 'hash', image: statement.image, absent: statement.absent, ...statement.digest };
    case 'key': {
      const { key, publicKey, publicKeyInfo } = statement;
      return { kind: 'key', key, type: describeKey(publicKey), sha256: hash('sha256', publicKeyInfo) };
    }
  }
}
