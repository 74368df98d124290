import type { ChainCertificate, ChainOfTrust } from './chains.ts';

/**
 * The certificates of a chain that images need: those that vouch for them, and those that vouch for their keys, up
 * to the roots. In the order of the chain.
 */
export function certificatesFor(chain: ChainOfTrust, images: ReadonlySet<string>): ChainCertificate[] {
  const wanted = new Set<ChainCertificate>();
  const want = (row: ChainCertificate): void => {
    if (wanted.has(row)) return;
    wanted.add(row);
    if (chain.roots.includes(row.signedBy)) return;
    for (const parent of chain.certificates) if (parent !== row && vouchesFor(parent, row.signedBy)) want(parent);
  };
  for (const row of chain.certificates) {
    if (row.extensions.some((extension) => extension.kind === 'hash' && images.has(extension.image))) want(row);
  }
  return chain.certificates.filter((row) => wanted.has(row));
}

/** The keys that certificates are signed with, and those that they vouch for. */
export function keysFor(certificates: readonly ChainCertificate[]): {
  readonly signing: ReadonlySet<string>;
  readonly vouchedFor: ReadonlySet<string>;
} {
  const keys = certificates.flatMap(({ extensions }) =>
    extensions.flatMap((one) => (one.kind === 'key' ? [one.key] : [])),
  );
  return { signing: new Set(certificates.map(({ signedBy }) => signedBy)), vouchedFor: new Set(keys) };
}

const vouchesFor = ({ extensions }: ChainCertificate, key: string): boolean =>
  extensions.some((extension) => extension.kind === 'key' && extension.key === key);
