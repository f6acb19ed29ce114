import type { Character, Genre, Premise } from "./prose";

/** A story before it is written. */
export interface StoryPlan extends Premise {
  slug: string;
  title: string;
  blurb: string;
  author: string;
  coEditors: string[];
  /** All chapters; the last `draftChapters` are drafts. */
  chapters: number;
  draftChapters: number;
  /** How many days before the end of the history the first chapter was published; null for a draft. */
  startedDaysAgo: number | null;
  /** Days from one chapter to the next. */
  everyDays: number;
  /** How popular the story is; 1 is average. */
  appeal: number;
  /** The share of a chapter's readers who read the next one. */
  retention: number;
  /** How many days before the end of the history the story went viral. */
  viralDaysAgo?: number | undefined;
}

const she = (name: string): Character => ({ name, pronoun: "she" });
const he = (name: string): Character => ({ name, pronoun: "he" });

const slugOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[’']/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

type Extra = Partial<Pick<StoryPlan, "coEditors" | "draftChapters" | "viralDaysAgo">>;

const story = (
  genre: Genre,
  title: string,
  author: string,
  blurb: string,
  premise: Omit<Premise, "genre">,
  run: Pick<StoryPlan, "chapters" | "startedDaysAgo" | "everyDays" | "appeal" | "retention">,
  extra: Extra = {},
): StoryPlan => ({
  coEditors: [],
  draftChapters: 0,
  ...premise,
  ...run,
  ...extra,
  genre,
  title,
  slug: slugOf(title),
  author,
  blurb,
});

const run = (
  chapters: number,
  startedDaysAgo: number | null,
  everyDays: number,
  appeal: number,
  retention: number,
) => ({ chapters, startedDaysAgo, everyDays, appeal, retention });

/** The stories of the demo site. The first four and the first draft are also the small site that tests use. */
export const catalog: StoryPlan[] = [
  story(
    "Sea adventure",
    "The Pilot of Saltmarrow",
    "mara",
    "For thirty years no ship has been lost on Saltmarrow bar. Then the pilot goes ashore, sits down in the inn, and will not say why he is afraid of the sea.",
    {
      cast: [she("Hester"), he("Dunstan"), he("Captain Rourke")],
      town: "Saltmarrow",
      quest: "bring a ship over the bar without him",
      secret: "what the pilot had seen from the breakwater",
    },
    run(24, 238, 9, 1.15, 0.9),
    { coEditors: ["tobias"], draftChapters: 1 },
  ),
  story(
    "Gaslight mystery",
    "Tea with the Late Mr Quill",
    "tobias",
    "Mr Quill was buried on Friday. On Monday his card was left at eleven houses in Wexcombe Square, and at each of them he was, by all accounts, excellent company.",
    {
      cast: [she("Augusta"), she("Miss Pym"), he("Mr Thackeray-Voss")],
      town: "Wexcombe Square",
      quest: "learn who had taken tea with a dead man",
      secret: "the eleventh card",
    },
    run(16, 231, 8, 0.9, 0.86),
    { coEditors: ["mara"] },
  ),
  story(
    "Far future",
    "Eleven Thousand Mornings",
    "ines",
    "The ship votes on when the sun shall rise. It has voted on everything, for eleven thousand mornings, except where it is going.",
    {
      cast: [she("Ansa"), he("Bram"), she("Councillor Ide")],
      town: "Halcyon Deck",
      quest: "find out who had set the course",
      secret: "the two thousand and first sleeper",
    },
    run(20, 224, 10, 1.0, 0.9),
    { viralDaysAgo: 97, draftChapters: 1 },
  ),
  story(
    "Slow-burn romance",
    "A Yellow Kitchen",
    "nell",
    "She has come to Little Ember to sell her aunt’s house. He has come to paint it. It is a small house, and it is taking all year.",
    {
      cast: [she("Nora"), he("Fitch"), she("Aunt Dilys")],
      town: "Little Ember",
      quest: "sell the house before the autumn",
      secret: "the letter in the bread crock",
    },
    run(12, 217, 12, 0.8, 0.92),
  ),
  story(
    "Folk horror",
    "The Guest at Harrowdown",
    "kwame",
    "They have laid a place for him at the harvest table. They laid it, the old woman says, before he was born.",
    {
      cast: [he("Edmund"), she("Cicely"), she("Mother Harrow")],
      town: "Harrowdown",
      quest: "be gone before the feast",
      secret: "what lay under the far meadow",
    },
    run(13, 229, 7, 0.85, 0.88),
    { coEditors: ["yuki"] },
  ),
  story(
    "Cosy fantasy",
    "The Dragon’s Lease",
    "yuki",
    "Prudence has inherited a tea room, an overdraft and a tenant in the cellar. The rent is always on time. It is only sometimes on fire.",
    {
      cast: [she("Prudence"), he("Mr Bunt"), she("Lady Amberley")],
      town: "Nether Crumpling",
      quest: "open the tea room by midsummer",
      secret: "the second cellar",
    },
    run(18, 210, 7, 1.05, 0.91),
    { coEditors: ["nell"] },
  ),
  story(
    "Sea adventure",
    "The Kittiwake Goes North",
    "kwame",
    "A whaler that has never caught a whale, a captain who can’t stand the cold, and a passenger who is paying in advance to be left on the ice.",
    {
      cast: [he("Jory"), she("Wren"), she("Captain Oake")],
      town: "Port Sorrow",
      quest: "set the passenger ashore where the chart stopped",
      secret: "what was in the passenger’s box",
    },
    run(14, 205, 7, 0.6, 0.86),
  ),
  story(
    "Gaslight mystery",
    "The Clockmaker’s Alibi",
    "ines",
    "Every clock in the house says he was at home. That is what is wrong with them.",
    {
      cast: [he("Lucian"), she("Flora"), he("Herr Zimt")],
      town: "Clerkenhold",
      quest: "find the one clock that told the truth",
      secret: "the missing eleven minutes",
    },
    run(10, 198, 6, 0.55, 0.83),
  ),
  story(
    "Far future",
    "Rain, in Translation",
    "mara",
    "On a world that has none, a linguist is asked to translate the oldest poem in the colony. It has one word in it, four hundred times.",
    {
      cast: [she("Teodora"), she("Ilse"), he("Archivist Mott")],
      town: "Drycoast",
      quest: "find a word for it",
      secret: "the last line of the poem",
    },
    run(9, 190, 10, 0.6, 0.88),
    { coEditors: ["ines"] },
  ),
  story(
    "Slow-burn romance",
    "The Second Tenors",
    "tobias",
    "The choir of St Alphege has nineteen sopranos and two second tenors, who have not spoken since the Messiah.",
    {
      cast: [he("Alwyn"), he("Tam"), she("Mrs Pargeter")],
      town: "Alphege Green",
      quest: "get through one rehearsal without a quarrel",
      secret: "the solo",
    },
    run(11, 183, 9, 0.5, 0.9),
  ),
  story(
    "Cosy fantasy",
    "Spells Mended While You Wait",
    "nell",
    "A broken enchantment is mostly a matter of finding where it leaks. Broken hearts are extra, and take three days.",
    {
      cast: [she("Tansy"), she("Old Peg"), he("the Mayor")],
      town: "Buttonhole",
      quest: "mend the town clock by Michaelmas",
      secret: "the spell that was never collected",
    },
    run(15, 176, 7, 0.75, 0.9),
  ),
  story(
    "Folk horror",
    "Salt on Every Sill",
    "ines",
    "A schoolmistress comes to a village with no children, and is told that she has come in good time.",
    {
      cast: [she("Miss Ashdown"), he("Jack"), he("the sexton")],
      town: "Nine Wells",
      quest: "find the children",
      secret: "the ninth well",
    },
    run(12, 170, 8, 0.7, 0.87),
  ),
  story(
    "Sea adventure",
    "Forty Hands",
    "tobias",
    "Forty signed on at Cinder Bay. Forty answer the roll each morning. Last night they buried two.",
    {
      cast: [he("Marlow"), he("Pip"), he("Captain Vane")],
      town: "Cinder Bay",
      quest: "learn which of the forty did not belong",
      secret: "the man in the second watch",
    },
    run(8, 162, 7, 0.65, 0.85),
  ),
  story(
    "Far future",
    "The Gardener’s Third Copy",
    "yuki",
    "The first copy planted the forest. The second burned it. The third has been woken, and handed a rake.",
    {
      cast: [she("Juniper"), he("Six"), she("Warden Sol")],
      town: "the Greenring",
      quest: "make one thing grow",
      secret: "why the second copy had burned the forest",
    },
    run(17, 155, 7, 0.7, 0.89),
    { coEditors: ["kwame"], draftChapters: 1 },
  ),
  story(
    "Gaslight mystery",
    "Half-Mourning",
    "nell",
    "Lady Corvane wears grey for one husband and lilac for another. It is the third who has engaged a detective.",
    {
      cast: [she("Philippa"), he("Sergeant Bow"), she("Lady Corvane")],
      town: "Corvane Place",
      quest: "keep the third husband alive until Lent",
      secret: "the second funeral",
    },
    run(13, 148, 6, 0.6, 0.86),
  ),
  story(
    "Slow-burn romance",
    "The Quarter-Past-Six",
    "kwame",
    "They have shared a bench, a timetable and a thermos for four years. The line closes at Christmas.",
    {
      cast: [she("Imogen"), he("Daniel"), he("the stationmaster")],
      town: "Cold Aston Halt",
      quest: "say something before the last train",
      secret: "the season ticket",
    },
    run(10, 140, 9, 0.5, 0.91),
  ),
  story(
    "Cosy fantasy",
    "Mrs Thimble’s Sister",
    "mara",
    "Everyone in Plum Hatch knows Mrs Thimble’s sister. Nobody can remember having met her before Tuesday.",
    {
      cast: [she("Clemency"), he("Barnaby"), she("Mrs Thimble")],
      town: "Plum Hatch",
      quest: "be fair to everybody and find the thief",
      secret: "the extra sister",
    },
    run(9, 133, 7, 0.55, 0.88),
    { coEditors: ["nell", "yuki"] },
  ),
  story(
    "Folk horror",
    "What the Rooks Knew",
    "tobias",
    "The rooks left on the seventh of September. The vicar wrote it in his diary. He had written it there the year before, under a different hand.",
    {
      cast: [he("Ambrose"), she("Lettice"), he("Farmer Gaunt")],
      town: "Rookhope",
      quest: "finish the old vicar’s diary",
      secret: "the entries that had not happened yet",
    },
    run(7, 126, 9, 0.5, 0.85),
  ),
  story(
    "Far future",
    "A Polite Knock",
    "ines",
    "Something is outside the hull of the Perseverance. It has been waiting for ninety years. It would like, when convenient, to come in.",
    {
      cast: [he("Osei"), she("Marit"), he("Commander Hale")],
      town: "the Perseverance",
      quest: "decide whether to answer",
      secret: "who had knocked first",
    },
    run(12, 118, 6, 0.85, 0.9),
    { coEditors: ["mara"] },
  ),
  story(
    "Sea adventure",
    "By the Wrong Star",
    "yuki",
    "A navigator who lies about her sums, a chart with one island too many, and a crew who would rather not be found.",
    {
      cast: [she("Isaura"), he("Tomas"), she("the Commodore")],
      town: "Lantern Key",
      quest: "find the island that was not on the chart",
      secret: "the sum that had come out right",
    },
    run(11, 110, 7, 0.55, 0.86),
  ),
  story(
    "Gaslight mystery",
    "The Umbrella Stand",
    "kwame",
    "Six umbrellas, five guests, one dry night. Constable Ruth Abney has been told to wait in the hall, and has nothing to look at but the evidence.",
    {
      cast: [she("Ruth"), she("Cook"), he("Colonel Strake")],
      town: "Belvoir Crescent",
      quest: "solve it before she was sent home",
      secret: "the wet umbrella",
    },
    run(6, 103, 5, 0.6, 0.88),
  ),
  story(
    "Slow-burn romance",
    "Allotment Nineteen",
    "yuki",
    "By a clerical error the council has let the same vegetable patch to two people. Each intends to be reasonable about it.",
    {
      cast: [he("Gethin"), she("Priya"), he("the man from the council")],
      town: "Lower Bank",
      quest: "be reasonable about the beans",
      secret: "the clerical error",
    },
    run(8, 95, 8, 0.6, 0.92),
  ),
  story(
    "Cosy fantasy",
    "Closed on Wednesdays",
    "kwame",
    "The library is shut on Wednesdays so that the books may read each other. Somebody has been letting them out.",
    {
      cast: [he("Wilf"), she("Saffron"), she("the Head Librarian")],
      town: "Inkpen Magna",
      quest: "have every book home by Thursday",
      secret: "the shelf without a number",
    },
    run(10, 84, 6, 0.65, 0.89),
    { draftChapters: 1 },
  ),
  story(
    "Folk horror",
    "The Second Verse",
    "nell",
    "There is a song they sing at Thornwick when the nights draw in. A collector has come to write it down. He has the first verse by heart already, and cannot think who taught him.",
    {
      cast: [he("Julian"), she("Bet"), she("the Widow Crane")],
      town: "Thornwick",
      quest: "write down the song, and go",
      secret: "the verse that was left out",
    },
    run(9, 76, 7, 0.7, 0.87),
    { coEditors: ["kwame"] },
  ),
  story(
    "Far future",
    "Beans in a Helmet",
    "tobias",
    "The war ended nine years ago. On a supply moon nobody has told, the last two soldiers of opposite sides are growing dinner.",
    {
      cast: [he("Corporal Adeyemi"), she("Private Lund"), he("the General")],
      town: "Depot Seven",
      quest: "make it to the harvest without a surrender",
      secret: "the message they had not decoded",
    },
    run(8, 66, 7, 0.7, 0.9),
  ),
  story(
    "Sea adventure",
    "The Remarks Column",
    "ines",
    "A log book comes up in a trawl, dry. The entries are in Lieutenant Sparrow’s hand. So far he has only got as far as April.",
    {
      cast: [he("Sparrow"), she("Mrs Gannet"), he("Admiral Pell")],
      town: "Gannet Roads",
      quest: "live past the last entry",
      secret: "the page that was stuck to the cover",
    },
    run(7, 55, 7, 0.65, 0.87),
  ),
  story(
    "Gaslight mystery",
    "Ash Wednesday, Tallow Row",
    "mara",
    "A burnt letter, a borrowed glove and the worst poet in Bellgate. Only one of them is a forgery.",
    {
      cast: [she("Marguerite"), he("Ferris"), he("Inspector Lodge")],
      town: "Bellgate",
      quest: "read a letter that had been burnt twice",
      secret: "the poet’s landlady",
    },
    run(6, 44, 7, 0.7, 0.86),
    { coEditors: ["tobias"] },
  ),
  story(
    "Slow-burn romance",
    "Yes, but When",
    "ines",
    "Somebody has been answering the notes that she leaves in library books. The answers are very short, and getting longer.",
    {
      cast: [she("Rosalind"), she("Agnes"), he("Mr Fenn")],
      town: "Marlow Spa",
      quest: "find out who wrote in pencil",
      secret: "the withdrawn copy",
    },
    run(5, 33, 7, 0.75, 0.92),
  ),
  story(
    "Cosy fantasy",
    "A Small Knight’s Tuesday",
    "yuki",
    "Sir Perrin is four feet tall, sworn to protect the realm, and wanted home by six.",
    {
      cast: [he("Perrin"), she("Dot"), she("the Queen of the Ducks")],
      town: "Upper Puddle",
      quest: "slay something, within reason, before tea",
      secret: "where the ducks went on Mondays",
    },
    run(4, 21, 6, 0.8, 0.9),
  ),
  story(
    "Folk horror",
    "One Place Too Many",
    "mara",
    "Every night she lays the table for five. There are four of them. Every morning she washes up for six.",
    {
      cast: [she("Judith"), he("Simon"), she("Granny Voll")],
      town: "Vollerdale",
      quest: "eat one meal in peace",
      secret: "the sixth plate",
    },
    run(3, 9, 3, 1.3, 0.9),
  ),
  story(
    "Sea adventure",
    "The Lighthouse at Low Water",
    "mara",
    "Twice a year the tide goes out far enough to walk to the old light. Twice a year somebody has walked back who did not walk out.",
    {
      cast: [she("Maud"), he("Silas"), he("the keeper")],
      town: "Fell Sands",
      quest: "be back before the flood",
      secret: "the keeper’s second logbook",
    },
    run(3, null, 7, 0, 0.9),
    { coEditors: ["tobias"] },
  ),
  story(
    "Far future",
    "The Ember Census",
    "ines",
    "The last star in the catalogue has gone out early. Somebody will have to go and ask it why.",
    {
      cast: [she("Vesper"), he("Kit"), she("Registrar Bloom")],
      town: "Candle Station",
      quest: "count what was left",
      secret: "the star that had been struck off",
    },
    run(3, null, 7, 0, 0.9),
  ),
  story(
    "Cosy fantasy",
    "The Bees Are Told",
    "nell",
    "When anything happens in Honeybourne somebody must go and tell the bees. Lately the bees have known already.",
    {
      cast: [she("Hattie"), he("Ned"), she("the Beekeeper General")],
      town: "Honeybourne",
      quest: "find out who had been telling them",
      secret: "the empty hive",
    },
    run(3, null, 7, 0, 0.9),
  ),
];

/** The stories of a site of this size; those of the small site have fewer chapters. */
export function storiesFor(size: "demo" | "small"): StoryPlan[] {
  if (size === "demo") return catalog;
  const published = catalog.slice(0, 4).map((plan, index) => ({
    ...plan,
    chapters: index === 0 ? 4 : 3,
    draftChapters: index === 0 ? 1 : 0,
    startedDaysAgo: 28 - 3 * index,
    everyDays: 5,
    viralDaysAgo: undefined,
  }));
  const draft = catalog.filter((plan) => plan.startedDaysAgo === null).slice(0, 1);
  return [...published, ...draft.map((plan) => ({ ...plan, chapters: 1 }))];
}
