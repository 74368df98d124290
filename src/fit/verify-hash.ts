import { equalBytes, hexText } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { type FitHashName, fitHashes, isFitHash } from './hashes.ts';
import { demandText, type FitNode, isHashNode } from './node.ts';
import { type DataPlace, type Fit, locateData } from './open.ts';

/** What became of one hash node. */
export interface CheckedHash {
  readonly algorithm: FitHashName;
  /** `fit/hash-mismatch` where the data has another digest. */
  readonly fault: Fault | undefined;
}

/** Compares an image's data with one of its hash nodes. Faults `fit/algorithm` and `fit/structure`. */
export function checkHash(fit: Fit, image: FitNode, node: FitNode, data: DataPlace): CheckedHash {
  const algorithm = demandText(node, 'algo');
  if (!isFitHash(algorithm)) throw new Fault('fit/algorithm', { path: node.path, offset: node.offset, algorithm });
  const value = node.property('value')?.value;
  if (value === undefined) {
    throw new Fault('fit/structure', { path: node.path, offset: node.offset, reason: 'there is no digest' });
  }
  const hasher = fitHashes[algorithm].create();
  for (const piece of fit.pieces(data)) hasher.update(piece);
  const got = hasher.digest();
  if (equalBytes(got, value)) return { algorithm, fault: undefined };
  const fault = new Fault('fit/hash-mismatch', {
    path: node.path,
    offset: data.start,
    image: image.name,
    algorithm,
    want: hexText(value.subarray(0, got.byteLength)),
    got: hexText(got),
  });
  return { algorithm, fault };
}

/** Compares an image's data with every hash node that it has; gives their algorithms. Faults at the first that differs. */
export function checkImageHashes(fit: Fit, image: FitNode): FitHashName[] {
  const data = locateData(fit, image, { strict: true });
  return [...image.children()].filter(isHashNode).map((node) => {
    const { algorithm, fault } = checkHash(fit, image, node, data);
    if (fault !== undefined) throw fault;
    return algorithm;
  });
}
