import { binaryFaults } from './binary.ts';
import { bootFaults } from './boot.ts';
import { cliFaults } from './cli.ts';
import { cryptoFaults } from './crypto.ts';
import { devicetreeFaults } from './devicetree.ts';
import { echoFaults } from './echo.ts';
import { fipFaults } from './fip.ts';
import { fitFaults } from './fit.ts';
import { pkiFaults } from './pki.ts';
import type { FaultRow } from './row.ts';
import { socketFaults } from './socket.ts';
import { systemFaults } from './system.ts';
import { tftpFaults } from './tftp.ts';
import { ubootFaults } from './uboot.ts';
import { verityFaults } from './verity.ts';

/** Every fault that bootwright can throw; one file of rows for each layer. */
export const catalog = {
  ...binaryFaults,
  ...bootFaults,
  ...cliFaults,
  ...cryptoFaults,
  ...fipFaults,
  ...fitFaults,
  ...pkiFaults,
  ...devicetreeFaults,
  ...echoFaults,
  ...socketFaults,
  ...systemFaults,
  ...tftpFaults,
  ...ubootFaults,
  ...verityFaults,
};

/** The context that each code carries. */
export type Faults = {
  readonly [Code in keyof typeof catalog]: (typeof catalog)[Code] extends FaultRow<infer Context> ? Context : never;
};

/** The code of a fault, `room/what`; it decides the type of the context. */
export type FaultCode = keyof Faults;
