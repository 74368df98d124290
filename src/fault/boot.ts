import { type Message, textOf } from './message.ts';
import { inputOutput, refused, usage } from './row.ts';

/** A stage of the chain, in the order in which a device verifies them. */
export type ChainStage = 'firmware' | 'kernel' | 'rootfs';

export const bootFaults = {
  'boot/manifest': usage<{
    readonly file: string;
    readonly line: number;
    readonly path: string;
    readonly reason: Message;
  }>(
    'The manifest that describes a chain has a key or value that is missing, unknown or of the wrong kind.',
    (c) => `${c.file}:${c.line}: ${c.path === '' ? '' : `${c.path}: `}${c.reason.text}`,
    'Correct that line of the manifest.',
  ),
  'boot/lock': usage<{ readonly file: string; readonly reason: Message }>(
    'The lock that a build left is no JSON, lacks a member or is of another version.',
    (c) => `${c.file} is no lock of a build: ${c.reason.text}`,
    'Build the chain again: bootwright build.',
  ),
  'boot/no-trust': usage<{ readonly reason: Message }>(
    'A device was asked to boot without anything to trust: no hash of the root of trust public key.',
    (c) => c.reason.text,
    'Name what the device trusts: --trust KEY or --trust HASH.',
  ),
  'boot/untrusted-key': refused<{ readonly file: string; readonly want: string; readonly got: string }>(
    'The public key that came with the firmware is not the one whose hash the device holds.',
    (c) => `${c.file}: the key's hash is ${c.got}, the device trusts ${c.want}`,
    'Deliver the public key of the firmware key, or name the right one with --trust.',
  ),
  'boot/missing-link': refused<{ readonly stage: ChainStage; readonly what: Message }>(
    'A stage names nothing with which the next one could be checked, so the chain ends there.',
    (c) => `${c.stage}: ${textOf(c.what)}`,
    'Correct the stage in the manifest and build the chain again.',
  ),
  'boot/rollback': refused<{
    readonly stage: ChainStage;
    /** Which of the device's counters. */
    readonly name: string;
    readonly counter: number;
    readonly minimum: number;
  }>(
    'The image is correctly signed but older than the device accepts: a rollback counter is below that of the device.',
    (c) => `${c.stage}: rollback counter ${c.name} ${c.counter} is below the device's ${c.minimum}`,
    (c) => `Deliver a newer release, or build with a rollback counter of at least ${c.minimum}.`,
  ),
  'boot/kernel-limit': refused<{ readonly stage: ChainStage; readonly counter: number; readonly limit: number }>(
    'The rollback counter of a kernel is higher than its firmware allows, so that the kernel key alone cannot use it up.',
    (c) => `${c.stage}: rollback counter kernel ${c.counter} is above the ${c.limit} that the firmware allows`,
    (c) => `Deliver firmware with a kernel-limit of at least ${c.counter}, if the kernel is yours.`,
  ),
  'boot/counters': refused<{ readonly stage: ChainStage; readonly reason: Message }>(
    'What signed firmware says of rollback counters contradicts itself or cannot be read.',
    (c) => `${c.stage}: ${c.reason.text}`,
    'Set rollback in the manifest and build the firmware again.',
  ),
  'boot/counter-file': usage<{ readonly file: string; readonly reason: Message }>(
    'The file in which a device keeps its rollback counters is none, or one of another firmware scheme.',
    (c) => `${c.file} holds no rollback counters: ${c.reason.text}`,
    'Name the counter file of this device and scheme; a new file starts at 0 and accepts older releases.',
  ),
  'boot/not-served': refused<{ readonly folder: string; readonly stage: ChainStage; readonly reason: Message }>(
    'A chain that does not verify is not served to devices.',
    (c) => `${c.folder} does not verify, so it is not served: ${c.stage}: ${c.reason.text}`,
    'Run bootwright verify on the folder, and build the chain again if a file of it was changed.',
  ),
  'boot/http': inputOutput<{ readonly address: string; readonly reason: Message }>(
    'HTTP cannot be served beside TFTP.',
    (c) => `cannot serve HTTP on ${c.address}: ${c.reason.text}`,
    'Choose another --port, or serve without --http.',
  ),
  'boot/http-ended': inputOutput<{ readonly name: string; readonly reason: Message }>(
    'A transfer over HTTP ended before its file did.',
    (c) => `${c.name}: ${c.reason.text}`,
    'Request the file again; a Range header continues where the transfer ended.',
  ),
  'boot/address': usage<{ readonly text: string; readonly reason: Message }>(
    'The address of a boot server is not of the form tftp://HOST[:PORT]/.',
    (c) => `${c.text}: ${c.reason.text}`,
    'Write the address as tftp://HOST[:PORT]/.',
  ),
  'boot/board-report': refused<{ readonly name: string; readonly reason: Message }>(
    'What a board sent is not a report of a boot.',
    (c) => `the report of ${c.name}: ${c.reason.text}`,
    'Send the report that bootwright boot --report writes, or lines of verdict=, stage= and reason=.',
  ),
  'boot/fetch': inputOutput<{ readonly name: string; readonly reason: Message }>(
    'A file of the chain could not be fetched.',
    (c) => `cannot fetch ${c.name}: ${c.reason.text}`,
    'Check that the server serves the folder that bootwright build wrote, and that the name in chain.lock.json is right.',
  ),
};
