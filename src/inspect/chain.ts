import type { Cover, Inspection } from './inspection.ts';
import { mergeCovers } from './print.ts';

/** A key, a digest or a range of an image in the chain of trust. */
export interface Link {
  readonly id: string;
  readonly label: string;
  readonly kind: 'key' | 'digest' | 'image';
  readonly state: Cover['state'] | 'nobody';
}

/** Who vouches for what; `from` vouches for `to`. */
export interface Chain {
  readonly links: readonly Link[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly state: Cover['state'] }[];
}

/** Edges that are drawn; an image tree of hundreds of images is shown by its first ones. */
const EDGES_MAX = 60;

/** The chain of trust of opened files as a graph: keys sign, digests bind, and what is left nobody vouches for. */
export function chainOf(
  opened: readonly { readonly inspection: Inspection; readonly covers: readonly Cover[] }[],
): Chain {
  const links = new Map<string, Link>();
  const edges: { from: string; to: string; state: Cover['state'] }[] = [];
  const add = (link: Link): string => {
    const known = links.get(link.id);
    if (known === undefined || known.state === 'nobody') links.set(link.id, link);
    return link.id;
  };
  for (const { inspection, covers } of opened) {
    const file = add({ id: inspection.name, label: inspection.name, kind: 'image', state: 'nobody' });
    const merged = mergeCovers(covers);
    const signers = new Map(merged.filter(({ kind }) => kind === 'signed').map(({ by, state }) => [by, state]));
    for (const [by, state] of signers) {
      edges.push({ from: add({ id: `key ${by}`, label: by, kind: 'key', state }), to: file, state });
      links.set(file, { id: file, label: inspection.name, kind: 'image', state });
    }
    for (const cover of merged.filter(({ kind }) => kind === 'hashed')) {
      const digest = add({ id: `${file} ${cover.by}`, label: cover.by, kind: 'digest', state: cover.state });
      if (!edges.some(({ from, to }) => from === file && to === digest))
        edges.push({ from: file, to: digest, state: cover.state });
    }
  }
  return { links: [...links.values()], edges: edges.slice(0, EDGES_MAX) };
}
