"""A home-made framework: a Trainer, a module with training_step and configure_optimizers, callbacks, gradient accumulation."""
# steps: 320
# optimizer-steps: 160
# losses: 1
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class LitModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.cross_entropy(self(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        return (self(x).argmax(1) == y).float().mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=0.01)


class Callback:
    def on_epoch_end(self, trainer, module): ...


class Printer(Callback):
    def on_epoch_end(self, trainer, module):
        if trainer.epoch % 4 == 3:
            print(f"epoch {trainer.epoch + 1} val accuracy {trainer.metric:.3f}")


class Trainer:
    def __init__(self, max_epochs, callbacks=(), accumulate=1):
        self.max_epochs, self.callbacks, self.accumulate = max_epochs, callbacks, accumulate

    def fit(self, module, train, val):
        optimizer = module.configure_optimizers()
        for self.epoch in range(self.max_epochs):
            module.train()
            for i, batch in enumerate(train):
                (module.training_step(batch, i) / self.accumulate).backward()
                if (i + 1) % self.accumulate == 0:
                    optimizer.step()
                    optimizer.zero_grad()
            module.eval()
            with torch.no_grad():
                scores = [module.validation_step(batch, i) for i, batch in enumerate(val)]
            self.metric = torch.stack(scores).mean().item()
            for callback in self.callbacks:
                callback.on_epoch_end(self, module)


torch.manual_seed(51)
x = torch.randn(800, 6)
y = (x @ torch.randn(6, 3)).argmax(1)
train_set, val_set = random_split(TensorDataset(x, y), [640, 160])
Trainer(16, [Printer()], accumulate=2).fit(
    LitModule(),
    DataLoader(train_set, batch_size=32, shuffle=True),
    DataLoader(val_set, batch_size=80),
)
