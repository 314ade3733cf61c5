
async function start() {
  await load();
  const { metadata, info } = model;
  document.title = `${metadata.name} · svcd`;
  put("name", metadata.name);
  put("about", info.description.split(". ")[0].replaceAll("`", "").replace(/^Model .*?: /, ""));
  model.byInfluence = byInfluence();
  $("why").hidden = !model.svcd.not_explained;
  put("against", model.svcd.not_explained ?? "");
  model.hasText = model.columns.some(({ kind }) => kind == "text");
  if (model.hasText && model.columns.length == 1) put("row-title", "The text");
  model.byName = new Map(model.columns.map(column => [column.name, column]));
  showCard();
  startCode();
  const first = presets();
  $("finder").hidden = model.columns.length <= SHOWN_FIRST;
  $("search").oninput = showFields;
  const guesses = Map.groupBy(model.columns.filter(({ guess }) => guess), ({ guess }) => guess);
  put("guess", ...[...guesses].map(([guess, { length }]) => `${length} sliders and curves use ${guess}: the training range is unknown. `));
  changed = () => {
    predict();
    showCode();
  };
  // What takes longer waits until the answer is there, and until nothing has changed for a moment.
  let timer;
  settled = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      await explain();
      if (!axes.x) startPicture();
      if (axes.x) showPicture();
    }, 60);
    mark();
  };
  take(first);
  startTable();
  if (model.hasText && model.svcd.weights_shown) askWords();
  // the answer stays in view where the fields are far from it
  new IntersectionObserver(([{ isIntersecting }]) => $("now").hidden = isIntersecting).observe($("label"));
  showFields();
  showRoutes();
}

start().catch(error => {
  put("about", error.message);
  throw error;
});
