import { styleText } from 'node:util';
import type { PodStory } from './why-story.ts';

/** A story for a terminal: the summary, paragraphs with their headings, and what would help. */
export function renderStory({ summary, paragraphs, advice }: PodStory): string {
  const strong = (text: string): string => styleText('bold', text);
  const told = paragraphs.map(([heading = '', ...lines]) => [heading, ...lines.map((line) => `  ${line}`)].join('\n'));
  const help = advice.length === 0 ? [] : [[strong('what would help'), ...advice.map((line) => `  · ${line}`)].join('\n')];
  return `${[strong(summary), ...told, ...help].join('\n\n')}\n`;
}
