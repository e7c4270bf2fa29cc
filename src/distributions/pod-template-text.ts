import type { PodTemplateSpec } from '../api/generated/core-v1.ts';

/** What `describe` says of a pod template, its cells still separated by tabs: so `rollout` shows it. */
export async function podTemplateText(template: PodTemplateSpec): Promise<string> {
  const { writePodTemplate } = await import('../extensions/commands/describe/pods/pod-template.ts');
  let text = '';
  const write = (level: number, piece: string): void => void (text += '  '.repeat(level) + piece);
  writePodTemplate(
    {
      write,
      line: (level, ...cells) => write(level, `${cells.join('\t')}\n`),
      field: (level, title, value) => write(level, `${title}:\t${String(value)}\n`),
      end: (rest) => write(0, `${rest}\n`),
      flush: () => {},
    },
    template,
  );
  return text;
}
