/** The page that uploads: forms that work by themselves, and where its island lists what is under way. */
import { Icon } from '../ui/icon.tsx'
import { bytes } from '../ui/numbers.ts'
import { page, type Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { UPLOAD } from '../words/upload.ts'

export interface UploadView {
  reader: Reader
  plan: { maxFileSize: number; bytes: number; bytesLimit: number }
  /** Uploading by URL is on. */
  fetches: boolean
}

/** Goes with `ISLAND_HEADERS`. */
export function uploadPage({ reader, plan, fetches }: UploadView): string {
  const left = Math.max(0, plan.bytesLimit - plan.bytes)
  return page({
    areas: ['files'],
    reader,
    at: '/upload',
    title: UPLOAD.title,
    class: 'stack',
    islands: ['upload'],
    children: (
      <>
        <div class="bar">
          <h1>{UPLOAD.title}</h1>
          <p class="soft">
            {UPLOAD.lead} {UPLOAD.limit(bytes(plan.maxFileSize).text, bytes(left).text)}
          </p>
        </div>
        <div class="sending">
          <div class="stack">
            <form class="panel drop" id="sender" method="post" action="/upload" enctype="multipart/form-data">
              <div class="target">
                <Icon of="upload" />
                <p class="scripted-only" hidden>
                  {UPLOAD.drop}
                </p>
                <div class="choices">
                  <button type="button" class="button first scripted-only" id="choose" hidden>
                    {UPLOAD.choose}
                  </button>
                  <button type="button" class="button scripted-only" id="folder" hidden>
                    {UPLOAD.folder}
                  </button>
                </div>
              </div>
              <fieldset class="options">
                <legend>{UPLOAD.options}</legend>
                <label>
                  <span>
                    {UPLOAD.tags} <span class="soft">{UPLOAD.tagsHint}</span>
                  </span>
                  <input name="additional_tags" maxlength={6400} autocomplete="off" />
                </label>
                <label>
                  <span>{UPLOAD.visibility}</span>
                  <select name="visibility">
                    <option value="">{UPLOAD.asUsual}</option>
                    <option value="unlisted">{UPLOAD.unlisted}</option>
                    <option value="private">{UPLOAD.private}</option>
                  </select>
                </label>
                <label class="whole">
                  <span>{UPLOAD.comments}</span>
                  <textarea name="comments" rows={2} maxlength={16384} />
                </label>
              </fieldset>
              <div class="plain-only">
                <label>
                  <span>{UPLOAD.file}</span>
                  <input name="file" type="file" required />
                </label>
                <button class="button first" type="submit">
                  {UPLOAD.send}
                </button>
              </div>
            </form>
          </div>
          <div class="stack">
            <Panel id="url-title" title={UPLOAD.url}>
              {fetches ? (
                <form class="inner url" id="fetcher" method="post" action="/upload">
                  <input
                    name="url"
                    type="url"
                    aria-labelledby="url-title"
                    aria-describedby="url-hint"
                    placeholder={UPLOAD.urlExample}
                    required
                    maxlength={4096}
                    autocomplete="off"
                  />
                  <button class="button" type="submit">
                    {UPLOAD.fetch}
                  </button>
                  <p class="hint" id="url-hint">
                    {UPLOAD.urlHint}
                  </p>
                </form>
              ) : (
                <p class="inner soft">{UPLOAD.urlOff}</p>
              )}
            </Panel>
            <div id="uploads" data-account={reader.name} data-most={plan.maxFileSize} />
          </div>
        </div>
      </>
    ),
  })
}
