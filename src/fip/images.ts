import { Fault } from '../fault.ts';
import { fipMessage } from './messages.ts';
import { parseUuid, type Uuid } from './uuid.ts';

/** One kind of image that a FIP can hold. */
export interface ImageKind {
  /** The word that options, files and reports call it: `tb-fw`. */
  readonly option: string;
  /** What a person calls it. */
  readonly name: string;
  readonly uuid: Uuid;
  /** The TF-A platform that defines it; `undefined` for those of every platform. */
  readonly platform?: string;
}

/** The images that a command knows, in the order in which a FIP holds them. */
export type ImageTable = readonly ImageKind[];

/** Every image that TF-A v2.15 names (tools/fiptool/tbbr_config.c and the platforms' plat_def_uuid_config.c), in their order. */
export const knownImages: ImageTable = [
  image('scp-fwu-cfg', '65922703-2F74-E644-8DFF-579AC1FF0610', 'SCP Firmware Updater Configuration FWU SCP_BL2U'),
  image('ap-fwu-cfg', '60B3EB37-C1E5-EA41-9DF3-19EDA11F6801', 'AP Firmware Updater Configuration BL2U'),
  image('fwu', '4F511D11-2BE5-4E49-B4C5-83C2F715840A', 'Firmware Updater NS_BL2U'),
  image('fwu-cert', '71408AB2-18D6-874C-8B2E-C6DCCD50F096', 'Non-Trusted Firmware Updater certificate'),
  image('tb-fw', '5FF9EC0B-4D22-3E4D-A544-C39D81C73F0A', 'Trusted Boot Firmware BL2'),
  image('scp-fw', '9766FD3D-89BE-E849-AE5D-78A140608213', 'SCP Firmware SCP_BL2'),
  image('soc-fw', '47D4086D-4CFE-9846-9B95-2950CBBD5A00', 'EL3 Runtime Firmware BL31'),
  image('tos-fw', '05D0E189-53DC-1347-8D2B-500A4B7A3E38', 'Secure Payload BL32 (Trusted OS)'),
  image('tos-fw-extra1', '0B70C29B-2A5A-7840-9F65-0A5682738288', 'Secure Payload BL32 Extra1 (Trusted OS Extra1)'),
  image('tos-fw-extra2', '8EA87BB1-CFA2-3F4D-85FD-E7BBA50220D9', 'Secure Payload BL32 Extra2 (Trusted OS Extra2)'),
  image('nt-fw', 'D6D0EEA7-FCEA-D54B-9782-9934F234B6E4', 'Non-Trusted Firmware BL33'),
  image('rmm-fw', '6C0762A6-12F2-4B56-92CB-BA8F633606D9', 'Realm Monitor Management Firmware'),
  image('fw-config', '5807E16A-8459-47BE-8ED5-648E8DDDAB0E', 'FW_CONFIG'),
  image('hw-config', '08B8F1D9-C9CF-9349-A962-6FBC6B7265CC', 'HW_CONFIG'),
  image('tb-fw-config', '6C0458FF-AF6B-7D4F-82ED-AA27BC69BFD2', 'TB_FW_CONFIG'),
  image('soc-fw-config', '9979814B-0376-FB46-8C8E-8D267F7859E0', 'SOC_FW_CONFIG'),
  image('tos-fw-config', '26257C1A-DBC6-7F47-8D96-C4C4B0248021', 'TOS_FW_CONFIG'),
  image('nt-fw-config', '28DA9815-93E8-7E44-AC66-1AAF801550F9', 'NT_FW_CONFIG'),
  image('rot-cert', '862D1D72-F860-E411-920B-8BE762160F24', 'Root Of Trust key certificate'),
  image('trusted-key-cert', '827EE890-F860-E411-A1B4-777A21B4F94C', 'Trusted key certificate'),
  image('scp-fw-key-cert', '024221A1-F860-E411-8D9B-F33C0E15A014', 'SCP Firmware key certificate'),
  image('soc-fw-key-cert', '8AB8BECC-F960-E411-9AD0-EB4822D8DCF8', 'SoC Firmware key certificate'),
  image('tos-fw-key-cert', '9477D603-FB60-E411-85DD-B7105B8CEE04', 'Trusted OS Firmware key certificate'),
  image('nt-fw-key-cert', '8AD5832A-FB60-E411-8AAF-DF30BBC49859', 'Non-Trusted Firmware key certificate'),
  image('tb-fw-cert', 'D6E269EA-5D63-E411-8D8C-9FBABE9956A5', 'Trusted Boot Firmware BL2 certificate'),
  image('scp-fw-cert', '44BE6F04-5E63-E411-B28B-73D8EAAE9656', 'SCP Firmware content certificate'),
  image('soc-fw-cert', 'E2B20C20-5E63-E411-9CE8-ABCCF92BB666', 'SoC Firmware content certificate'),
  image('tos-fw-cert', 'A49F4411-5E63-E411-8728-3F05722AF33D', 'Trusted OS Firmware content certificate'),
  image('nt-fw-cert', '8EC4C1F3-5D63-E411-A7A9-87EE40B23FA7', 'Non-Trusted Firmware content certificate'),
  image('sip-sp-cert', '776DFD44-8697-4C3B-91EB-C13E025A2A6F', 'SiP owned Secure Partition content certificate'),
  image('plat-sp-cert', 'DDCBBF4A-CAD6-11EA-87D0-0242AC130003', 'Platform owned Secure Partition content certificate'),
  image('cca-cert', '36D83D85-761D-4DAF-96F1-CD99D6569B00', 'CCA Content Certificate'),
  image('core-swd-cert', '52222D31-820F-494D-8BBC-EA6825D3C35A', 'Core Secure World Key Certificate'),
  image('plat-key-cert', 'D43CD902-5B9F-412E-8AC6-92B6D18BE60D', 'Platform Key Certificate'),
  image(
    'npu-fw-key-cert',
    '5666D004-AB98-40AA-8988-B72A03A256E2',
    'Arm(R) Ethos(TM)-N NPU Firmware Key Certificate',
    'arm-juno-ethosn',
  ),
  image(
    'npu-fw-cert',
    'A5C418DA-430F-48B1-88CD-93F67889D9ED',
    'Arm(R) Ethos(TM)-N NPU Firmware Content Certificate',
    'arm-juno-ethosn',
  ),
  image('npu-fw', 'CFD499B5-A3BC-4A7E-98CB-48A41CB8DAE1', 'Arm(R) Ethos(TM)-N NPU Firmware', 'arm-juno-ethosn'),
  image('rse-bl1_2', '0AA5B1BE-E784-41C5-81B8-4A41CB4AD2DF', 'RSE Firmware BL1_2 image', 'arm-tc'),
  image('rse-bl2', 'A3B3B30D-EBC9-4048-B480-155361C17048', 'RSE Firmware BL2 image', 'arm-tc'),
  image('rse-scp-bl1', 'BFD5098D-A707-4F15-891C-372210CB51E2', 'RSE Firmware SCP BL1 image', 'arm-tc'),
  image('rse-ap-bl1', '124C50E0-F2DA-45E9-85C8-DAD9609B7A11', 'RSE Firmware AP BL1 image', 'arm-tc'),
  image('rse-ns', '8D959F72-B8B1-4211-9AE6-4B8097475AD9', 'RSE Firmware non-secure image', 'arm-tc'),
  image('rse-s', '22EA3385-F86E-4793-968A-2FE3DD5033CC', 'RSE Firmware secure image', 'arm-tc'),
  image('rse-sic-tables-ns', 'D9100072-6A28-4BEC-B0D6-8CEDC4157CE0', 'RSE Firmware non-secure SIC tables', 'arm-tc'),
  image('rse-sic-tables-s', 'C738D0DE-8C26-4851-9336-F3DBE2966518', 'RSE Firmware secure SIC tables', 'arm-tc'),
  image('ddr-immem-udimm-1d', '5BDBE383-D19F-C706-D491-764F9D232D2D', 'DDR UDIMM PHY IMEM 1d FW', 'nxp-layerscape'),
  image('ddr-immem-udimm-2d', 'FA0EEB21-E07F-8E65-95D8-2B94F6B8280A', 'DDR UDIMM PHY IMEM 2d FW', 'nxp-layerscape'),
  image('ddr-dmmem-udimm-1d', 'BABBFD7E-5BF0-EBB8-EB71-B18507DDE132', 'DDR UDIMM PHY DMEM 1d FW', 'nxp-layerscape'),
  image('ddr-dmmem-udimm-2d', 'B69961DA-F992-4B9E-0C49-74A5E05CBEC3', 'DDR UDIMM PHY DMEM 2d FW', 'nxp-layerscape'),
  image('ddr-immem-rdimm-1d', '42336652-D894-4DC1-91CC-268F7A67F1A2', 'DDR RDIMM PHY IMEM 1d FW', 'nxp-layerscape'),
  image('ddr-immem-rdimm-2d', '2E9573BA-B5CA-7CC7-EFC9-5EB042EC087A', 'DDR RDIMM PHY IMEM 2d FW', 'nxp-layerscape'),
  image('ddr-dmmem-rdimm-1d', '1C5117ED-300D-AEBA-8703-1F3785ECE144', 'DDR RDIMM PHY DMEM 1d FW', 'nxp-layerscape'),
  image('ddr-dmmem-rdimm-2d', 'E90A9078-11D6-8BBA-2435-EC10754F56A5', 'DDR RDIMM PHY DMEM 2d FW', 'nxp-layerscape'),
  image('fuse-prov', 'EC459042-300D-AEBA-8703-1F3785ECE144', 'FUSE PROV FW', 'nxp-layerscape'),
  image('fuse-upgrade', '8946EF78-11D6-8BBA-2435-EC10754F56A5', 'FUSE UPGRADE FW', 'nxp-layerscape'),
  image('ddr-fw-key-cert', 'AC4BB89C-8FB9-11EA-BC55-0242AC120003', 'DDR Firmware key certificate', 'nxp-layerscape'),
  image(
    'ddr-udimm-fw-cert',
    '2C7F5254-7092-4840-8C34-874BBFBD9D89',
    'DDR UDIMM Firmware content certificate',
    'nxp-layerscape',
  ),
  image(
    'ddr-rdimm-fw-cert',
    '94C36330-7CF7-4F1D-AACD-B580B2C240A5',
    'DDR RDIMM Firmware content certificate',
    'nxp-layerscape',
  ),
  image('ddr-fw', 'A2647B40-CDBA-11EF-9B1C-8B9E0C40256F', 'DDR FW', 'nxp-s32g274ardb2'),
  image('ddr-fw', 'B11249BE-92DD-4B10-867C-2C6A4B47A7FB', 'DDR_FW', 'st-stm32mp'),
  image('stm32mp-cfg-cert', '501D8DD2-8BCE-49A5-84EB-559A9F2EAEAF', 'STM32MP CONFIG CERT', 'st-stm32mp'),
];

/** The images of every platform: the table of fiptool as distributions build it. */
export const genericImages: ImageTable = knownImages.filter(({ platform }) => platform === undefined);

/** The image whose place the signature at the end takes: TF-A calls it `tb-fw-cert`. */
export const TRAILER_UUID: Uuid = resolveImage(knownImages, 'tb-fw-cert');

/** The kind of a UUID; `undefined` where the table has none. */
export const kindOfUuid = (table: ImageTable, uuid: Uuid): ImageKind | undefined =>
  table.find((kind) => kind.uuid === uuid);

/**
 * The UUID that a word names: an image's option (of the two that are called ddr-fw, `st-stm32mp:ddr-fw`), or a UUID.
 * Faults `fip/name`.
 */
export function resolveImage(table: ImageTable, word: string): Uuid {
  const matches = table.filter(({ option, platform }) => word === option || word === `${platform}:${option}`);
  if (matches.length > 1) {
    const choices = matches.map(({ option, platform }) => `${platform}:${option}`).join(' or ');
    throw new Fault('fip/name', { name: word, reason: fipMessage('fip/several-platforms', { choices }) });
  }
  if (matches[0] !== undefined) return matches[0].uuid;
  if (/^[0-9a-f]{8}-/i.test(word)) return parseUuid(word);
  throw new Fault('fip/name', { name: word, reason: fipMessage('fip/unknown-image') });
}

/** The word that `resolveImage` takes for a UUID: its option, with the platform where that is needed, or the UUID. */
export function wordOf(table: ImageTable, uuid: Uuid): string {
  const kind = kindOfUuid(table, uuid);
  if (kind === undefined) return uuid;
  const shared = table.some(({ option, uuid: other }) => option === kind.option && other !== uuid);
  return shared ? `${kind.platform}:${kind.option}` : kind.option;
}

/** What a person calls a UUID: the name of its kind, or the UUID itself. */
export const nameOf = (table: ImageTable, uuid: Uuid): string => kindOfUuid(table, uuid)?.name ?? uuid;

/** The file name, without its extension, for an image: always one plain name. */
export const fileNameOf = (table: ImageTable, uuid: Uuid): string => wordOf(table, uuid).replace(':', '-');

function image(option: string, uuid: string, name: string, platform?: string): ImageKind {
  return { option, name, uuid: parseUuid(uuid), ...(platform === undefined ? {} : { platform }) };
}
