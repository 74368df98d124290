import { utf8 } from '../../../src/binary/index.ts';
import {
  assertDer,
  parseCertificate,
  parsePrivateKey,
  parsePublicKey,
  printPrivateKey,
  printPublicKey,
  selfSigned,
  verifyCertificate,
  writePrivateKey,
  writePublicKeyInfo,
} from '../../../src/pki/index.ts';
import { parseRootHash, signRootHash, verifyRootHash } from '../../../src/verity/index.ts';
import { mutateDer } from '../der.ts';
import type { Attempt, Format } from '../format.ts';
import { demand, digestOf, judgeMeaning, orRefused } from '../judge.ts';
import { ecKey, fixedSigner, rsaKey } from '../keys.ts';
import { mutateBytes, mutateText } from '../mutate.ts';

async function certificatesOf() {
  const rows = [
    { signer: fixedSigner(rsaKey(), 'rsa'), scheme: { kind: 'rsa-pkcs1', hash: 'sha256' } },
    { signer: fixedSigner(ecKey('x509'), 'ec'), scheme: { kind: 'ecdsa', hash: 'sha256' } },
  ] as const;
  const validity = { notBefore: new Date(Date.UTC(2026, 0, 1)), notAfter: new Date(Date.UTC(2036, 0, 1)) };
  return Promise.all(
    rows.map(async ({ signer, scheme }) => ({
      signer,
      der: await selfSigned({ commonName: 'fuzz', serial: 5n, ...validity, scheme }, signer),
    })),
  );
}

/** A certificate that verifies by a key is, in its signed part, the one that the key signed. */
export const certificateFormat: Format = {
  name: 'x509',
  async prepare() {
    const genuine = (await certificatesOf()).map((one) => ({
      ...one,
      meanings: new Set([digestOf(parseCertificate(one.der).tbs)]),
    }));
    return (random): Attempt => {
      const { der, signer, meanings } = random.pick(genuine)!;
      const input = mutateDer(der, random);
      const judge = () =>
        judgeMeaning(() => {
          const certificate = parseCertificate(input);
          const { kind } = verifyCertificate(certificate, signer.publicKey);
          return kind === 'good' ? [digestOf(certificate.tbs)] : [];
        }, meanings);
      return { input, judge };
    };
  },
};

/** A message that verifies over a root hash is over the root hash that was signed. */
export const messageFormat: Format = {
  name: 'cms',
  async prepare() {
    const rootHash = parseRootHash('0f'.repeat(32), 'sha256');
    const genuine = await Promise.all(
      (await certificatesOf()).map(async ({ signer, der }) => ({
        certificate: der,
        signature: await signRootHash(rootHash, { signer, certificate: der }),
      })),
    );
    return (random): Attempt => {
      const { certificate, signature } = random.pick(genuine)!;
      const altered = random.chance(4);
      const input = altered && random.chance(2) ? signature : mutateDer(signature, random);
      const digits = rootHash.split('');
      if (altered) digits[random.below(digits.length)] = random.pick(['0', '1', 'a', 'e']);
      const text = digits.join('');
      const judge = () =>
        judgeMeaning(
          () => {
            verifyRootHash({ rootHash: parseRootHash(text, 'sha256'), signature: input, certificate });
            return [text];
          },
          new Set([rootHash]),
        );
      return { input, judge };
    };
  },
};

/** Bytes that are DER, a key or a certificate to one reader are so to the next, and a key is written back the same. */
export const derFormat: Format = {
  name: 'der',
  async prepare() {
    const keys = [rsaKey(), ecKey('der'), ecKey('der', 'P-521')];
    const genuine = keys.flatMap((key) => [writePrivateKey(key), writePublicKeyInfo(key.public)]);
    const texts = keys.flatMap((key) => [printPrivateKey(key), printPublicKey(key.public)]);
    return (random): Attempt => {
      const input = random.chance(4)
        ? utf8(mutateText(random.pick(texts)!, random, ['-----', 'BEGIN', '\n', '=', 'A']))
        : random.chance(8)
          ? mutateBytes(random.pick(genuine)!, random)
          : mutateDer(random.pick(genuine)!, random);
      const judge = () => {
        orRefused(() => assertDer(input, 'x'));
        const secret = orRefused(() => parsePrivateKey(input, 'x'));
        if (secret !== undefined) {
          const again = parsePrivateKey(writePrivateKey(secret), 'again');
          demand(printPrivateKey(again) === printPrivateKey(secret), 'a private key is written back as another');
        }
        const open = orRefused(() => parsePublicKey(input, 'x'));
        if (open !== undefined) {
          demand(
            printPublicKey(parsePublicKey(writePublicKeyInfo(open), 'again')) === printPublicKey(open),
            'a public key is written back as another',
          );
        }
        return secret === undefined && open === undefined ? 'refused' : 'accepted';
      };
      return { input, judge };
    };
  },
};
