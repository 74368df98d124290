import type { ChainLock, FileDigest } from './lock.ts';
import type { Manifest } from './manifest.ts';

/** What a provenance statement says of the build besides its digests. */
export interface ProvenanceContext {
  readonly manifest: Manifest;
  /** Version of the program. */
  readonly version: string;
}

/**
 * An in-toto statement with a SLSA provenance predicate (in-toto Statement v1, SLSA Provenance v1): which outputs were
 * made of which inputs. It carries no time and no host, so that equal builds give equal statements.
 */
export function printProvenance(lock: ChainLock, { manifest, version }: ProvenanceContext): string {
  const stages = Object.values(lock.stages);
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: resources(stages.map(({ outputs }) => outputs)),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:bootwright:chain:1',
        externalParameters: { manifest },
        ...(lock.rollback !== undefined && { internalParameters: { rollback: lock.rollback } }),
        resolvedDependencies: resources(stages.map(({ materials }) => materials)),
      },
      runDetails: { builder: { id: 'urn:bootwright:build', version: { bootwright: version } } },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}

function resources(groups: readonly Readonly<Record<string, FileDigest>>[]) {
  const named = new Map(groups.flatMap((group) => Object.entries(group)));
  const sorted = [...named].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, { sha256 }]) => ({ name, digest: { sha256 } }));
}
