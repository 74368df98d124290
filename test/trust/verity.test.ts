import { beforeAll, describe, expect, test } from 'vitest';
import { Fault, verbatim } from '../../src/fault.ts';
import { keySigner, selfSigned } from '../../src/pki/index.ts';
import {
  addCertificate,
  addExpectedParameters,
  addHashTree,
  addRootHash,
  addRootHashFile,
  addRootHashSignature,
  certificateId,
  fileId,
  rootHashId,
  TrustGraph,
} from '../../src/trust/index.ts';
import {
  parseDmTable,
  parseRootHash,
  type RootHash,
  signRootHash,
  type VerityParameters,
  verifyRootHash,
} from '../../src/verity/index.ts';
import { keyFor } from '../support/fit.ts';

const ROOT = 'ab'.repeat(32);
const file = (name: string) => ({ id: fileId(name), label: name, file: name });
const tree = file('rootfs.verity');
const data = file('rootfs.img');
const bad = new Fault('verity/not-verified', { what: 'a block', reason: verbatim('it is bad') });
const good = { tree: undefined, data: undefined };

describe('a hash tree and its data', () => {
  const cases = [
    ['good', good, ['verified', 'verified']],
    ['a bad data block', { ...good, data: bad }, ['verified', 'refused']],
    ['a bad hash block', { ...good, tree: bad }, ['refused', 'refused']],
  ] as const;
  test.each(cases)('%s', (_name, outcome, want) => {
    const graph = new TrustGraph();
    addHashTree(graph, ROOT, { tree, data }, outcome);
    graph.anchor({ node: rootHashId(ROOT), named: ROOT });
    const decision = graph.decide();
    expect([tree, data].map(({ id }) => decision.standing(id))).toEqual(want);
  });

  test('without a root hash that anybody named they are consistent', () => {
    const graph = new TrustGraph();
    addHashTree(graph, ROOT, { tree, data }, good);
    expect(graph.decide().verdict([tree.id, data.id])).toBe('consistent');
  });

  test('a tree without data says nothing of data', () => {
    const graph = new TrustGraph();
    addHashTree(graph, ROOT, { tree, data: undefined }, good);
    expect(graph.nodes.map(({ id }) => id)).toEqual([rootHashId(ROOT), tree.id]);
  });

  test('who trusts a file with a root hash trusts the root hash', () => {
    const graph = new TrustGraph();
    addRootHashFile(graph, file('rootfs.roothash'), ROOT.toUpperCase());
    addHashTree(graph, ROOT, { tree, data }, good);
    expect(graph.decide().standing(data.id)).toBe('consistent');
    graph.anchor({ node: fileId('rootfs.roothash'), named: 'rootfs.roothash' });
    expect(graph.decide().standing(data.id)).toBe('verified');
  });
});

describe('parameters that a signed table pins', () => {
  const expected = parseDmTable(`0 72 verity 1 /dev/vda /dev/vdb 4096 4096 9 1 sha256 ${ROOT} 0001`);
  const rows: readonly (readonly [string, Partial<VerityParameters>, number, string])[] = [
    ['the same', {}, 4096, 'verified'],
    ['fewer data blocks', { dataBlocks: 8 }, 4096, 'refused'],
    ['another salt', { salt: Uint8Array.of(0, 2) }, 4096, 'refused'],
    ['another algorithm', { algorithm: 'sha512' }, 4096, 'refused'],
    ['another data block size', { dataBlockSize: 1024 }, 4096, 'refused'],
    ['another hash block size', { hashBlockSize: 1024 }, 4096, 'refused'],
    ['another format', { format: 0 }, 4096, 'refused'],
    ['a tree at another place', {}, 8192, 'refused'],
  ];
  test.each(rows)('%s', (_name, change, treeOffset, standing) => {
    const graph = new TrustGraph();
    const fit = graph.add({ id: 'fit', kind: 'file', label: 'image.fit' });
    graph.check({ from: fit, to: addRootHash(graph, ROOT), kind: 'names', state: 'checked', by: 'fdt-1' });
    addHashTree(graph, ROOT, { tree, data }, good);
    addExpectedParameters(graph, fit, tree.id, { expected, got: { ...expected.parameters, ...change }, treeOffset });
    graph.anchor({ node: fit, named: 'image.fit' });
    expect(graph.decide().standing(tree.id)).toBe(standing);
  });
});

describe('the signature of a root hash', () => {
  let certificate: Uint8Array;
  let signature: Uint8Array;
  const p7s = file('rootfs.p7s');
  const other = 'cd'.repeat(32);
  beforeAll(async () => {
    const signer = keySigner(await keyFor('dev'), 'dev');
    const notBefore = new Date('2026-01-01T00:00:00Z');
    const notAfter = new Date('2036-01-01T00:00:00Z');
    const scheme = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;
    certificate = await selfSigned({ serial: 7n, commonName: 'root', notBefore, notAfter, scheme }, signer);
    signature = await signRootHash(parseRootHash(ROOT, 'sha256'), { signer, certificate });
  });

  test.each([
    [ROOT, 'verified', 'verified'],
    [other, 'refused', 'refused'],
  ])('of %s', (rootHash, hashStanding, fileStanding) => {
    const graph = new TrustGraph();
    addCertificate(graph, certificate, { file: 'root.der' });
    addRootHashSignature(graph, { rootHash, certificate, signature: p7s }, faultOf(rootHash as RootHash));
    graph.anchor({ node: certificateId(certificate), named: 'root.der' });
    const decision = graph.decide();
    expect([decision.standing(rootHashId(rootHash)), decision.standing(p7s.id)]).toEqual([hashStanding, fileStanding]);
  });

  test('a certificate that signed itself is vouched for by nobody', () => {
    const graph = new TrustGraph();
    addCertificate(graph, certificate);
    addRootHashSignature(graph, { rootHash: ROOT, certificate, signature: p7s });
    expect(graph.decide().standing(certificateId(certificate))).toBe('unvouched');
    expect(graph.decide().standing(rootHashId(ROOT))).toBe('consistent');
  });

  function faultOf(rootHash: RootHash): Fault | undefined {
    try {
      verifyRootHash({ rootHash, signature, certificate });
      return undefined;
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
  }
});
