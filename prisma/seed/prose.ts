import { cosy } from "./prose/cosy";
import { folk } from "./prose/folk";
import { future } from "./prose/future";
import { gaslight } from "./prose/gaslight";
import type { Pack } from "./prose/pack";
import { romance } from "./prose/romance";
import { sea } from "./prose/sea";
import { shared } from "./prose/shared";
import { createBag, type Random } from "./random";

/** The genres that the seed can write, by the name that readers see. */
export const packs = {
  "Sea adventure": sea,
  "Gaslight mystery": gaslight,
  "Slow-burn romance": romance,
  "Far future": future,
  "Folk horror": folk,
  "Cosy fantasy": cosy,
} satisfies Record<string, Pack>;

export type Genre = keyof typeof packs;

export interface Character {
  name: string;
  pronoun: "she" | "he";
}

/** What stays the same throughout a story. */
export interface Premise {
  genre: Genre;
  /** Hero, companion and antagonist. */
  cast: [Character, Character, Character];
  town: string;
  /** An infinitive without "to": "bring the ship home". */
  quest: string;
  /** A noun phrase: "what happened to the pilot". */
  secret: string;
}

type PartName = "openings" | "details" | "actions" | "thoughts" | "turns" | "closings";

const forms = {
  she: { s: "she", S: "She", o: "her", p: "her", P: "Her", r: "herself" },
  he: { s: "he", S: "He", o: "him", p: "his", P: "His", r: "himself" },
};

const upperFirst = (text: string) =>
  text.replace(/^([“*]*)(\p{Ll})/u, (_, quotes: string, letter: string) => quotes + letter.toUpperCase());
const titleCase = (text: string) =>
  text.replace(
    /(^|[\s-])(?!(?:a|an|and|at|by|for|in|of|on|the|to|with)\b)(\p{Ll})/gu,
    (_, gap: string, letter: string) => gap + letter.toUpperCase(),
  );
/** "a old hook" → "an old hook". Only words of the packs occur, so a short list of exceptions is enough. */
const fixArticles = (text: string) =>
  text.replace(/\b([Aa]) (?=([“*]?)([a-z]+))/g, (match, article: string, _quote, word: string) =>
    (/^[aeiou]/.test(word) && !/^(one|once|un[it]i|use|usual|eu)/.test(word)) ||
    /^(hour|honest|heir)/.test(word)
      ? `${article}n `
      : match,
  );

/**
 * Writes the chapters of one story. Sentences come from shuffled bags that last for the whole story, so a template is
 * reused only after all others of the same part; places and things stay the same within a chapter.
 */
export function createWriter(premise: Premise, random: Random) {
  const pack: Pack = packs[premise.genre];
  const bags = Object.fromEntries(
    (["openings", "details", "actions", "thoughts", "turns", "closings"] as const).map((part) => [
      part,
      createBag([...pack[part], ...shared[part]], random),
    ]),
  ) as Record<PartName, () => string>;
  const nextTalk = createBag([...pack.talks, ...shared.talks], random);
  const nextTitle = createBag(pack.chapterTitles, random);
  const nextThing = createBag(pack.things, random);
  const nextPlace = createBag(pack.places, random);
  const words = new Map(
    Object.entries({ ...shared.words, ...pack.words }).map(([name, list]) => [name, createBag(list, random)]),
  );

  /** Fills the templates of one scene; `names` are its places and its thing. */
  function createTeller(names: Record<string, string>) {
    const [a, b, c] = premise.cast;
    const known: Record<string, string> = {
      ...names,
      town: premise.town,
      quest: premise.quest,
      secret: premise.secret,
    };
    for (const [letter, person] of Object.entries({ a, b, c })) {
      known[letter] = person.name;
      known[letter.toUpperCase()] = upperFirst(person.name);
      for (const [form, word] of Object.entries(forms[person.pronoun])) known[`${letter}.${form}`] = word;
    }
    const fill = (template: string): string =>
      template
        // Picks one of the alternatives; brackets without a "|" are part of the text.
        .replace(/\(([^()]*\|[^()]*)\)/g, (_, options: string) => random.pick(options.split("|")))
        .replace(/\[(\w+)\]/g, (_, name: string) => {
          const draw = words.get(name);
          if (!draw) throw new Error(`prose: no words for [${name}] in ${premise.genre}`);
          return fill(draw());
        })
        .replace(/\{([\w.]+)\}/g, (_, name: string) => {
          const word = known[name];
          if (word === undefined) throw new Error(`prose: nothing for {${name}} in ${premise.genre}`);
          return word;
        });
    return (template: string) =>
      upperFirst(fixArticles(fill(template)))
        .replaceAll("'", "’")
        // A phrase that ends in a comma ("moonlight, thin as milk,") may come before other punctuation.
        .replace(/,([,.;:!?])/g, "$1");
  }

  /** "Ann sat. Ann slept." → "Ann sat. She slept.", if the sentence before names only one person. */
  function withoutRepeatedName(before: string, sentence: string): string {
    const named = premise.cast.filter((person) => before.includes(person.name));
    const [person] = named;
    if (named.length !== 1 || !person || !before.startsWith(`${person.name} `)) return sentence;
    if (!sentence.startsWith(`${person.name} `)) return sentence;
    return forms[person.pronoun].S + sentence.slice(person.name.length);
  }

  return {
    /** A title that no other of up to 24 chapters has, and a body of paragraphs separated by blank lines. */
    chapter(number: number, targetWords: number): { title: string; body: string } {
      const thing = nextThing();
      const scene = () => createTeller({ thing, place: nextPlace(), place2: random.pick(pack.places) });
      const firstScene = scene();
      let tell = firstScene;
      const paragraphs: string[] = [];
      let wordCount = 0;
      const add = (text: string) => {
        paragraphs.push(text);
        wordCount += text.split(/\s+/).length;
      };
      const narrate = (parts: PartName[]) => {
        let before = "";
        const sentences = parts.map((part) => {
          const sentence = tell(bags[part]());
          const lighter = withoutRepeatedName(before, sentence);
          before = sentence;
          return lighter;
        });
        add(sentences.join(" "));
      };
      const shapes: PartName[][] = [
        ["details", "actions", "details", "thoughts"],
        ["actions", "details", "actions"],
        ["thoughts", "actions", "details", "actions"],
        ["details", "details", "actions", "thoughts", "actions"],
        ["actions", "thoughts", "details"],
      ];
      const nextShape = createBag(shapes, random);
      const talk = () => {
        for (const line of nextTalk()) add(tell(line));
      };

      narrate(["openings", "details", number === 1 ? "thoughts" : "details", "actions"]);
      const half = targetWords * 0.55;
      let broken = false;
      while (wordCount < targetWords - 110) {
        if (!broken && wordCount > half) {
          narrate(["actions", "turns"]);
          paragraphs.push("* * *");
          tell = scene();
          narrate(["openings", "details", "actions"]);
          broken = true;
        }
        talk();
        narrate(nextShape());
        if (random.chance(0.35)) narrate(nextShape());
      }
      narrate(["details", "actions", "turns"]);
      talk();
      narrate(["thoughts", "actions", "closings"]);

      const title = firstScene(nextTitle().replace("{Thing}", "{thing}").replace("{Town}", "{town}"));
      return { title: titleCase(title), body: paragraphs.join("\n\n") };
    },
  };
}
