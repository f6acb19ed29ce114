import type { Site } from "./site";
import { postView, storyToRead } from "./views";

const REFERRERS = ["", "", "https://news.example/", "https://forum.example/", "https://search.example/"];

/**
 * Simulates readers over plain HTTP: each opens a story, and fewer read each later chapter. This gives the pages of
 * editors and operators something to show.
 */
export async function simulateReaders(site: Site, count: number): Promise<void> {
  const stories = await Promise.all([0, 1, 2, 3].map((index) => storyToRead(site, index)));
  for (let reader = 0; reader < count; reader += 1) {
    const story = stories[(reader % 7) % stories.length];
    if (!story) continue;
    const agent = `Mozilla/5.0 (${reader % 3 === 0 ? "iPhone; Mobile" : "X11; Linux x86_64"}) Firefox/150 Tide/t${process.pid}.${Date.now()}.${reader}`;
    const referrer = REFERRERS[reader % REFERRERS.length];
    await postView(site.origin, story.path, { agent, referrer });
    for (const chapter of story.chapters.slice(0, 1 + (reader % story.chapters.length)))
      await postView(site.origin, chapter.path, { agent, referrer: site.origin });
  }
}
