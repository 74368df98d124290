import { bytes, constant, type Infer, reserved, struct, u32le, u64le } from '../binary/index.ts';

/** Alignment that a FIP has where nothing else is asked for. */
export const ALIGN_DEFAULT = 1;

/** The first word of every FIP. */
export const FIP_MAGIC = 0xaa64_0001;

/** `struct fip_toc_header` (TF-A, include/tools_share/firmware_image_package.h). */
export const TocHeader = struct('fip_toc_header', 16, {
  name: [constant(u32le, FIP_MAGIC), 'magic'],
  serialNumber: [constant(u32le, 0x1234_5678), 'what fiptool writes'],
  flags: [u64le, "bits 32 to 47 are the platform's"],
});

/** `struct fip_toc_entry`. */
export const TocEntry = struct('fip_toc_entry', 40, {
  uuid: [bytes(16), 'of the image, in file order'],
  offsetAddress: [u64le, 'bytes from the start of the FIP'],
  size: [u64le, 'bytes'],
  flags: [u64le, 'written 0'],
});

/** The entry of the null UUID that ends the ToC. */
export const TocTerminator = struct('fip_toc_entry (end)', 40, {
  uuid: [reserved(16), 'the null UUID'],
  offsetAddress: [u64le, 'where the FIP ends'],
  size: [constant(u64le, 0n), ''],
  flags: [constant(u64le, 0n), ''],
});

/** Where a field stands in an entry. */
export function entryField(name: keyof RawEntry): number {
  const row = TocEntry.rows.find((candidate) => candidate.name === name);
  return row?.offset ?? 0;
}

export type RawEntry = Infer<typeof TocEntry>;
