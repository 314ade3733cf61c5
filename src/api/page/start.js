
async function start() {
  await load();
  const { metadata, info } = model;
  document.title = `${metadata.name} · svcd`;
  $("name").textContent = metadata.name;
  $("about").textContent = info.description.split(". ")[0].replaceAll("`", "").replace(/^Model .*?: /, "");
  model.byInfluence = byInfluence();
  showCard();
  startCode();
  startTable();
  const first = presets();
  $("finder").hidden = model.columns.length <= SHOWN;
  $("search").oninput = showFields;
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
  showFields();
  showRoutes();
}

start().catch(error => {
  $("about").textContent = error.message;
  throw error;
});
