"""A teacher is trained first, then a small student learns from its softened answers (softmax as a target is right here)."""
import argparse
import logging
import os
import tempfile
from typing import NamedTuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

log = logging.getLogger("distil")


class Data(NamedTuple):
    x_train: torch.Tensor
    y_train: torch.Tensor
    x_test: torch.Tensor
    y_test: torch.Tensor


def get_data(seed):
    x, y = load_digits(return_X_y=True)
    xa, xb, ya, yb = train_test_split(x, y, test_size=0.25, random_state=seed, stratify=y)
    mean, std = xa.mean(), xa.std()
    return Data(torch.tensor((xa - mean) / std).float(), torch.tensor(ya),
                torch.tensor((xb - mean) / std).float(), torch.tensor(yb))


class Teacher(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(20 * 4, 10)

    def forward(self, x):
        x = self.conv(x.view(-1, 1, 8, 8))
        return self.fc(self.drop(x.flatten(1)))


class Student(nn.Module):
    def __init__(self, hidden=20):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))

    def forward(self, x):
        return self.layers(x)


def batches(n, size):
    return torch.randperm(n).split(size)


@torch.no_grad()
def accuracy(model, x, y):
    model.eval()
    return (model(x).argmax(1) == y).float().mean().item()


def train_teacher(model, data, epochs, lr):
    opt = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.02)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
    for epoch in range(epochs):
        model.train()
        for idx in batches(len(data.x_train), 64):
            loss = F.cross_entropy(model(data.x_train[idx]), data.y_train[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()
    log.info("teacher: last loss %.4f held-out accuracy %.3f", loss.item(), accuracy(model, data.x_test, data.y_test))
    return model


def distillation_loss(student_logits, teacher_logits, labels, temperature, alpha):
    soft = F.kl_div(F.log_softmax(student_logits / temperature, dim=1),
                    F.softmax(teacher_logits / temperature, dim=1), reduction="batchmean") * temperature ** 2
    hard = F.cross_entropy(student_logits, labels)
    return alpha * soft + (1 - alpha) * hard


def train_student(student, teacher, data, args):
    teacher.eval()
    opt = torch.optim.SGD(student.parameters(), lr=args.student_lr, momentum=0.9, weight_decay=1e-3)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, args.student_epochs)
    for epoch in range(args.student_epochs):
        student.train()
        total = 0.0
        for idx in batches(len(data.x_train), 64):
            with torch.no_grad():
                goal = teacher(data.x_train[idx])
            loss = distillation_loss(student(data.x_train[idx]), goal, data.y_train[idx], args.temperature, args.alpha)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(idx)
        sched.step()
        student.eval()
        with torch.no_grad():
            held_out = distillation_loss(student(data.x_test), teacher(data.x_test), data.y_test,
                                         args.temperature, args.alpha).item()
        if epoch % 6 == 5:
            log.info("student epoch %d train %.4f held-out %.4f", epoch + 1, total / len(data.x_train), held_out)
    return total / len(data.x_train), held_out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--teacher-epochs", type=int, default=10)
    parser.add_argument("--student-epochs", type=int, default=24)
    parser.add_argument("--teacher-lr", type=float, default=5e-3)
    parser.add_argument("--student-lr", type=float, default=0.02)
    parser.add_argument("--temperature", type=float, default=3.0)
    parser.add_argument("--alpha", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    torch.manual_seed(args.seed)
    data = get_data(args.seed)
    with tempfile.TemporaryDirectory() as tmp:
        file = os.path.join(tmp, "teacher.pt")
        torch.save(train_teacher(Teacher(), data, args.teacher_epochs, args.teacher_lr).state_dict(), file)
        teacher = Teacher()
        teacher.load_state_dict(torch.load(file))
    student = Student()
    train, held_out = train_student(student, teacher, data, args)
    print(f"student: train {train:.4f} held-out {held_out:.4f} accuracy {accuracy(student, data.x_test, data.y_test):.3f}")


if __name__ == "__main__":
    main()
