import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { currentApiVersion, type Platform, type Plugin, pluginKind } from './plugin.ts';
import { parseVersion } from './version.ts';

const safeName = /^[\w-]+$/;
/** Names that Windows keeps for devices. */
const deviceName = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])$/i;

export const isSafePluginName = (name: string): boolean => safeName.test(name) && !deviceName.test(name);

/** Checks a manifest by krew's rules. Throws the first complaint, in krew's words. */
export function requireValidPlugin(name: string, { apiVersion, kind, metadata, spec }: Plugin): void {
  if (apiVersion !== currentApiVersion)
    throw new Error(
      `plugin manifest has apiVersion=${goQuote(apiVersion)}, not supported in this version of krew (try updating plugin index or install a newer version of krew)`,
    );
  if (kind !== pluginKind) throw new Error(`plugin manifest has kind=${goQuote(kind)}, but only ${goQuote(pluginKind)} is supported`);
  if (!isSafePluginName(name)) throw new Error(`the plugin name ${goQuote(name)} is not allowed, must match "^[\\\\w-]+$"`);
  if (metadata.name !== name) throw new Error(`plugin should be named ${goQuote(name)}, not ${goQuote(metadata.name)}`);
  if (!spec.shortDescription) throw new Error('should have a short description');
  if (/[\r\n]/.test(spec.shortDescription)) throw new Error('should not have line breaks in short description');
  if (!spec.platforms) throw new Error('should have a platform specified');
  if (!spec.version) throw new Error('should have a version specified');
  try {
    parseVersion(spec.version);
  } catch (error) {
    throw new Error(`failed to parse plugin version: ${(error as Error).message}`, { cause: error });
  }
  for (const [position, platform] of spec.platforms.entries()) {
    const problem = platformProblem(platform);
    if (problem !== undefined) throw new Error(`platform (spec.platforms[${position}]) is badly constructed: ${problem}`);
  }
}

const sha256Pattern = '^[a-f0-9]{64}$';

function platformProblem({ uri, sha256, bin, files, selector }: Platform): string | undefined {
  if (!uri) return '`uri` has to be set';
  if (!sha256) return '`sha256` sum has to be set';
  if (!new RegExp(sha256Pattern).test(sha256)) return `\`sha256\` value ${sha256} is not valid, must match pattern ${sha256Pattern}`;
  if (!bin) return '`bin` has to be set';
  const ofFiles = filesProblem(files);
  if (ofFiles !== undefined) return `\`files\` is invalid: ${ofFiles}`;
  const ofSelector = selectorProblem(selector);
  return ofSelector === undefined ? undefined : `invalid platform selector: ${ofSelector}`;
}

function filesProblem(files: Platform['files']): string | undefined {
  if (files === null) return undefined;
  if (files.length === 0) return '`files` has to be unspecified or non-empty';
  for (const { from, to } of files) {
    if (!from) return '`from` field has to be set';
    if (!to) return '`to` field has to be set';
  }
  return undefined;
}

function selectorProblem(selector: Platform['selector']): string | undefined {
  if (!selector) return 'nil selector is not supported';
  const { matchLabels, matchExpressions } = selector;
  if (!matchLabels && !matchExpressions?.length) return 'empty selector is not supported';
  const keys = [...Object.keys(matchLabels ?? {}), ...(matchExpressions ?? []).map(({ key }) => key)];
  const unknown = keys.find((key) => key !== 'os' && key !== 'arch');
  if (unknown !== undefined) return `key ${goQuote(unknown)} not supported`;
  if (matchLabels && Object.keys(matchLabels).length === 0) return '`matchLabels` specified but empty';
  if (matchExpressions?.length === 0) return '`matchExpressions` specified but empty';
  return undefined;
}
