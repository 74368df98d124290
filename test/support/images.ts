import { concatBytes, utf8 } from '../../src/binary/index.ts';
import { generateKey } from '../../src/crypto/index.ts';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import { buildFip, knownImages, resolveImage, signFip } from '../../src/fip/index.ts';
import { keySigner, printPublicKey, selfSigned, writePublicKeyInfo } from '../../src/pki/index.ts';
import { formatVerity, parseRootHash, signRootHash } from '../../src/verity/index.ts';
import { goodFit, keyFor, sample } from './fit.ts';

/** One image of every kind that the inspector knows, small and made by our own writers. */
export interface SampleImages {
  readonly fip: Uint8Array;
  readonly fit: Uint8Array;
  readonly control: Uint8Array;
  readonly dtb: Uint8Array;
  /** Data with its hash area behind it. */
  readonly verity: Uint8Array;
  readonly rootHash: string;
  readonly certificate: Uint8Array;
  readonly rootHashSignature: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly publicKeyPem: Uint8Array;
}

let made: Promise<SampleImages> | undefined;

/** Makes the samples once for a test file. */
export function sampleImages(): Promise<SampleImages> {
  made ??= makeSamples();
  return made;
}

async function makeSamples(): Promise<SampleImages> {
  const { fit, control } = await goodFit();
  const dtb = writeBlob(
    makeTree(makeNode('', { model: 'board', 'mac-address': sample(6, 9) }, [makeNode('cpus', { cells: [1, 2] })])),
  );
  const ec = await generateKey('P-256');
  const signer = keySigner(ec, 'rotpk');
  const images = [
    { uuid: resolveImage(knownImages, 'soc-fw'), data: sample(500, 4) },
    { uuid: resolveImage(knownImages, 'hw-config'), data: dtb },
  ];
  const fip = await signFip(buildFip(images, { align: 16 }), { signer, scheme: { kind: 'ecdsa', hash: 'sha256' } });
  const data = sample(4096 * 200, 5);
  const formatted = formatVerity({ data, salt: sample(32, 6), uuid: sample(16, 7) });
  const rsa = keySigner(await keyFor('dev'), 'dev');
  const notBefore = new Date('2026-01-01T00:00:00Z');
  const notAfter = new Date('2036-01-01T00:00:00Z');
  const scheme = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;
  const certificate = await selfSigned({ serial: 7n, commonName: 'demo root', notBefore, notAfter, scheme }, rsa);
  const rootHash = parseRootHash(formatted.rootHash, 'sha256');
  return {
    fip,
    fit,
    control,
    dtb,
    verity: concatBytes([data, formatted.hash]),
    rootHash,
    certificate,
    rootHashSignature: await signRootHash(rootHash, { signer: rsa, certificate }),
    publicKey: writePublicKeyInfo(signer.publicKey),
    publicKeyPem: utf8(printPublicKey(signer.publicKey)),
  };
}
