import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/** Vendors by the names that x86 processors give themselves. */
const x86Vendors: ReadonlyMap<string, string> = new Map([
  ['GenuineIntel', 'Intel'],
  ['AuthenticAMD', 'AMD'],
  ['HygonGenuine', 'Hygon'],
  ['CentaurHauls', 'VIA'],
  ['VIA VIA VIA', 'VIA'],
  ['GenuineTMx86', 'Transmeta'],
  ['TransmetaCPU', 'Transmeta'],
  ['Geode by NSC', 'NSC'],
  ['SiS SiS SiS', 'SiS'],
]);

/** Vendors by the implementer codes of the ARM architecture. */
const armVendors: ReadonlyMap<number, string> = new Map([
  [0x41, 'ARM'],
  [0x42, 'Broadcom'],
  [0x43, 'Cavium'],
  [0x44, 'DEC'],
  [0x46, 'Fujitsu'],
  [0x49, 'Infineon'],
  [0x4d, 'Motorola'],
  [0x4e, 'NVIDIA'],
  [0x50, 'AMCC'],
  [0x51, 'Qualcomm'],
  [0x56, 'Marvell'],
  [0x69, 'Intel'],
  [0xc0, 'Ampere'],
]);

/** `cpu-model.*`: who made the processor, and its numbers. */
export function modelLabels(info: ReadonlyMap<string, string>): Labels {
  if (info.has('CPU implementer')) return armModel(info);
  const vendor = info.get('vendor_id');
  if (vendor === undefined) return {};
  return {
    'cpu-model.vendor_id': x86Vendors.get(vendor) ?? unknownVendor,
    ...numberLabel('family', Number(info.get('cpu family') ?? Number.NaN)),
    ...numberLabel('id', Number(info.get('model') ?? Number.NaN)),
  };
}

const unknownVendor = 'VendorUnknown';

/** Family and id are bits 16 to 23 and 0 to 15 of the processor's MIDR register, which the kernel shows in parts. Processors that have an ID register for each feature have 15 as their architecture. */
function armModel(info: ReadonlyMap<string, string>): Labels {
  const part = (name: string): number => Number(info.get(`CPU ${name}`) ?? Number.NaN);
  return {
    'cpu-model.vendor_id': armVendors.get(part('implementer')) ?? unknownVendor,
    ...numberLabel('family', part('variant') * 16 + 15),
    ...numberLabel('id', part('part') * 16 + part('revision')),
  };
}

const numberLabel = (name: string, value: number): Labels => (Number.isInteger(value) ? { [`cpu-model.${name}`]: String(value) } : {});
