import { Fault } from '../fault.ts';
import { folderSource, type ServerSettings, type Source, serveTftp, type TftpServer } from '../tftp/index.ts';
import { ARTIFACT_NAMES, type ArtifactNames } from './artifact.ts';
import { bootDevice } from './device.ts';
import type { BootReport } from './report.ts';
import { folderSupply } from './supply.ts';

export interface ServeChainOptions extends Omit<ServerSettings, 'source' | 'sink'> {
  /** What `buildChain` left. */
  readonly folder: string;
  /** The hash of the key that the devices trust. */
  readonly rotpk: string;
  readonly names?: ArtifactNames;
}

/** A server over a chain that was verified, and the report of that. */
export interface ChainServer {
  readonly server: TftpServer;
  readonly report: BootReport;
}

/**
 * Verifies a chain and then serves its files, and no others. Faults `boot/not-served` where it does not verify.
 */
export async function serveChain(options: ServeChainOptions): Promise<ChainServer> {
  const { folder, rotpk, names = ARTIFACT_NAMES, ...settings } = options;
  const report = await bootDevice({ supply: folderSupply(folder), rotpk, names });
  const refusal = report.steps.find(({ verdict }) => verdict === 'refused');
  if (refusal !== undefined) {
    const reason = refusal.fault?.message ?? refusal.check;
    throw new Fault('boot/not-served', { folder, stage: refusal.stage, reason });
  }
  const server = serveTftp({ ...settings, source: onlyNamed(folderSource(folder), names) });
  return { server, report };
}

function onlyNamed(source: Source, names: ArtifactNames): Source {
  const allowed = new Set(Object.values(names));
  return {
    open(name, asking) {
      const plain = name.replace(/^\/+/, '');
      if (!allowed.has(plain)) throw new Fault('tftp/not-found', { name });
      return source.open(plain, asking);
    },
  };
}
