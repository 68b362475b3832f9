"""Fine-tune the bundled model on a folder of finished pictures, export it, and color with it.

pip install 'paintstorch-sdk[cpu,export,train]'
python examples/05_train_on_your_own_art.py [FOLDER] [STEPS]

Without a folder it trains on colored versions of the examples, two steps only, to show that everything works.
docs/finetuning.md says how many pictures and steps help. `pts train --from default --data FOLDER` does the same.
"""

import shutil
import sys
from pathlib import Path

import paintstorch_sdk as pts
from paintstorch_sdk.examples import examples
from paintstorch_sdk.export.bundle_writer import write_bundle
from paintstorch_sdk.networks.checkpoint import load
from paintstorch_sdk.training.trainer import FINETUNE, train

ART = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out/my_art")
STEPS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
RUN, BUNDLE = Path("out/run"), Path("out/mymodel")


def main() -> None:
    if len(sys.argv) == 1:
        ART.mkdir(parents=True, exist_ok=True)
        for line_art, hints in examples():
            pts.colorize(line_art, hints).save(ART / line_art.name)

    settings = [f"phases.0.steps={STEPS}", "validation=1", "workers=0"]
    checkpoint = train(FINETUNE, settings=settings, data=ART, out=RUN)
    print(f"{checkpoint}: line art, hints, result and truth are in {checkpoint.with_suffix('.png')}")

    shutil.rmtree(BUNDLE, ignore_errors=True)
    trained = load(checkpoint)
    write_bundle(trained, BUNDLE, name="mymodel", license="NOASSERTION", working_size=512, examples=examples())
    line_art, hints = examples()[0]
    pts.colorize(line_art, hints, model=BUNDLE).save("out/with_mymodel.png")
    print("out/with_mymodel.png")


if __name__ == "__main__":  # training may start processes, which import this file
    main()
