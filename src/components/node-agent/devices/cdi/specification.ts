import { parseYaml } from '../../../../api/yaml.ts';
import { type CdiEdits, readEdits } from './edits.ts';
import { deviceNameProblem, splitKind, vendorOrClassProblem } from './qualified-name.ts';
import { Fields } from './specification-fields.ts';

/** A specification of the Container Device Interface (0.3 to 1.1). */
export interface CdiSpecification {
  /** `vendor.com/class`. */
  readonly kind: string;
  /** By name, with the edits that all devices of the file share and their own. */
  readonly devices: ReadonlyMap<string, CdiDevice>;
}

/** What a device asks for: its own edits, and those that all devices of its file share. */
export interface CdiDevice {
  readonly common: CdiEdits;
  readonly own: CdiEdits;
}

const versions = ['0.1.0', '0.2.0', '0.3.0', '0.4.0', '0.5.0', '0.6.0', '0.7.0', '0.8.0', '1.0.0', '1.1.0'];
export const maximumFileBytes = 4 * 1024 * 1024;

/** Reads one file, JSON or YAML. Throws in the words of the CDI library when it is not a valid specification. `source` is the file, for errors of later. */
export function readSpecification(text: string, source: string): CdiSpecification {
  const spec = new Fields(parseYaml(text, { maxWeight: maximumFileBytes }).value, 'Spec', ['cdiVersion', 'kind', 'annotations', 'devices', 'containerEdits']);
  const [version, kind] = [spec.text('cdiVersion'), spec.text('kind')];
  if (!versions.includes(version.replace(/^v/, ''))) throw new Error(`invalid version ${JSON.stringify(version)}`);
  const names = splitKind(kind);
  const vendorProblem = vendorOrClassProblem(names?.vendor ?? '');
  if (!names || vendorProblem !== undefined) throw invalid(`invalid vendor. ${vendorProblem}`);
  const classProblem = vendorOrClassProblem(names.className);
  if (classProblem !== undefined) throw invalid(`invalid class. ${classProblem}`);
  const common = readEdits(spec.raw('containerEdits'), source);
  const devices = new Map<string, CdiDevice>();
  const needs = new Set<string>(common.neededVersions);
  if (names.className.includes('.') || spec.has('annotations')) needs.add('0.6.0');
  for (const value of spec.list('devices')) {
    const [name, own, hasAnnotations] = readDevice(value, source);
    if (devices.has(name)) throw invalid(`invalid spec, multiple device ${JSON.stringify(name)}`);
    devices.set(name, { common, own });
    for (const needed of own.neededVersions) needs.add(needed);
    if (/^\d/.test(name)) needs.add('0.5.0');
    if (hasAnnotations) needs.add('0.6.0');
  }
  requireVersion(version, needs);
  return { kind, devices };
}

function readDevice(value: unknown, source: string): readonly [name: string, own: CdiEdits, hasAnnotations: boolean] {
  const device = new Fields(value, 'device', ['name', 'annotations', 'containerEdits']);
  const name = device.text('name');
  const fail = (problem: string): never => {
    throw invalid(`failed add device ${JSON.stringify(name)}: ${problem}`);
  };
  const problem = deviceNameProblem(name);
  if (problem !== undefined) fail(problem);
  try {
    const own = readEdits(device.raw('containerEdits'), source);
    if (own.isEmpty) fail('invalid device, empty device edits');
    return [name, own, device.has('annotations')];
  } catch (error) {
    if (/^(invalid CDI Spec|failed to unmarshal)/.test((error as Error).message)) throw error;
    return fail(`invalid device ${JSON.stringify(name)}: ${(error as Error).message}`);
  }
}

/** A file that uses what later versions brought must say that it is of one. */
function requireVersion(version: string, needed: ReadonlySet<string>): void {
  const least = versions.findLast((candidate) => needed.has(candidate));
  if (least !== undefined && versions.indexOf(least) > versions.indexOf(version.replace(/^v/, '')))
    throw invalid(`the spec version must be at least v${least}`);
}

const invalid = (problem: string): Error => new Error(`invalid CDI Spec: ${problem}`);
