"""The Hugging Face Trainer, saving and resuming adapters instead of whole models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import transformers
from transformers import ProgressCallback, TrainingArguments

from omnimodal import adapter
from omnimodal.model import OmniModel
from omnimodal.train.data import Collator, Questions


class Bar(ProgressCallback):
    """A progress bar with the loss in it, not a line per log."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        if self.training_bar is not None and logs and "loss" in logs:
            self.training_bar.set_postfix(loss=f"{float(logs['loss']):.3f}")


class AdapterTrainer(transformers.Trainer):
    """Checkpoints are adapter folders with the state of the optimizer beside them."""

    model: OmniModel

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        self.accelerator.unwrap_model(self.model).save_pretrained(output_dir or self.args.output_dir)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        adapter.restore(self.accelerator.unwrap_model(model or self.model), Path(resume_from_checkpoint))


def trainer(model: OmniModel, questions: Questions, folder: Path, settings: Any, seed: int) -> AdapterTrainer:
    """A trainer for `settings` (see conf/train) that keeps its checkpoints in `folder`."""
    steps = -(-len(questions) // settings.batch_size) * settings.epochs
    every = max(1, steps // settings.checkpoints) if settings.checkpoints else 0
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=int(settings.warmup * steps),
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        activation_checkpointing=settings.activation_checkpointing,
        logging_steps=max(1, steps // 50),
        save_strategy="steps" if every else "no",
        save_steps=every or 500,
        save_total_limit=2,
        remove_unused_columns=False,
        label_names=["labels"],
        train_sampling_strategy="sequential",
        dataloader_pin_memory=False,
        report_to=[],
        seed=seed,
    )
    made = AdapterTrainer(model=model, args=arguments, train_dataset=questions, data_collator=Collator(model.reader))
    made.remove_callback(ProgressCallback)
    made.add_callback(Bar)
    return made
