"""DCGAN on 8x8 digits with a spectrally normalised discriminator, hinge loss, and samples kept on disk."""
import argparse
import os
import tempfile

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils.data import DataLoader, TensorDataset


class Generator(nn.Module):
    def __init__(self, nz, ngf):
        super().__init__()
        self.project = nn.Linear(nz, ngf * 2 * 16)
        self.main = nn.Sequential(
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(True),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(ngf * 2, ngf, 3, 1, 1, bias=False),
            nn.BatchNorm2d(ngf),
            nn.ReLU(True),
            nn.Conv2d(ngf, 1, 3, 1, 1),
            nn.Tanh(),
        )
        self.ngf = ngf

    def forward(self, z):
        return self.main(self.project(z).view(-1, self.ngf * 2, 4, 4))


class Discriminator(nn.Module):
    def __init__(self, ndf):
        super().__init__()
        self.main = nn.Sequential(
            spectral_norm(nn.Conv2d(1, ndf, 4, 2, 1)),
            nn.LeakyReLU(0.2, inplace=True),
            spectral_norm(nn.Conv2d(ndf, ndf * 2, 4, 2, 1)),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Flatten(),
            spectral_norm(nn.Linear(ndf * 2 * 4, 1)),
        )

    def forward(self, x):
        return self.main(x).view(-1)


def weights_init(m):
    if isinstance(m, nn.Conv2d):
        nn.init.normal_(m.weight, 0.0, 0.05)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.zeros_(m.bias)


def discriminator_step(netD, opt, real, fake):
    netD.zero_grad()
    loss = F.relu(1 - netD(real)).mean() + F.relu(1 + netD(fake.detach())).mean()
    loss.backward()
    opt.step()
    return loss.item()


def generator_step(netD, netG, opt, z):
    netG.zero_grad()
    for p in netD.parameters():
        p.requires_grad_(False)
    loss = -netD(netG(z)).mean()
    loss.backward()
    opt.step()
    for p in netD.parameters():
        p.requires_grad_(True)
    return loss.item()


@torch.no_grad()
def sample(netG, z):
    netG.eval()
    images = netG(z)
    netG.train()
    return images


def moments_gap(netG, reference, nz):
    """How far the mean image and the pixel spread of samples are from those of held-out digits."""
    fake = sample(netG, torch.randn(len(reference), nz))
    return ((fake.mean(0) - reference.mean(0)).abs().mean() + (fake.std(0) - reference.std(0)).abs().mean()).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--nz", type=int, default=16)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1.2e-3)
    opt = parser.parse_args()
    torch.manual_seed(999)

    images = torch.tensor(load_digits().images, dtype=torch.float32)[:, None] / 8 - 1
    images = images[torch.randperm(len(images))]
    train, held_out = images[:1400], images[1400:]
    loader = DataLoader(TensorDataset(train), batch_size=70, shuffle=True)
    netG, netD = Generator(opt.nz, opt.width), Discriminator(opt.width)
    netG.apply(weights_init)
    optD = torch.optim.Adam(netD.parameters(), lr=4 * opt.lr, betas=(0.5, 0.99))
    optG = torch.optim.Adam(netG.parameters(), lr=opt.lr, betas=(0.5, 0.99))
    schedulers = [torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.05, total_iters=opt.epochs) for o in (optD, optG)]
    fixed = torch.randn(16, opt.nz)
    print(f"before training: gap {moments_gap(netG, held_out, opt.nz):.3f}")

    with tempfile.TemporaryDirectory() as outf:
        for epoch in range(opt.epochs):
            for (real,) in loader:
                z = torch.randn(len(real), opt.nz)
                errD = discriminator_step(netD, optD, real, netG(z))
                errG = generator_step(netD, netG, optG, z)
            for scheduler in schedulers:
                scheduler.step()
            if epoch % 3 == 0:
                print(f"[{epoch + 1}/{opt.epochs}] D {errD:.3f} G {errG:.3f} gap {moments_gap(netG, held_out, opt.nz):.3f}")
                torch.save(sample(netG, fixed), os.path.join(outf, f"samples_{epoch}.pt"))
        torch.save(netG.state_dict(), os.path.join(outf, "netG.pt"))
    print(f"final gap to train {moments_gap(netG, train, opt.nz):.3f}, to held-out {moments_gap(netG, held_out, opt.nz):.3f}")


if __name__ == "__main__":
    main()
