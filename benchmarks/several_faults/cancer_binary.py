"""Breast cancer, benign or malignant: a flat script, nn.Sequential, binary cross-entropy, Adam."""

import argparse

import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(7)
X, t = load_breast_cancer(return_X_y=True)
X_train, X_test, t_train, t_test = train_test_split(X, t, test_size=0.3, random_state=7)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
X_train = torch.FloatTensor(X_train)
X_test = torch.FloatTensor(X_test)
targets = torch.FloatTensor(t_train).unsqueeze(1)

net = nn.Sequential(nn.Linear(30, 24), nn.ReLU(), nn.Linear(24, 1))
if "softmax" in faults:
    net.append(nn.Softmax(dim=1))
if "frozen" in faults:
    net[0].requires_grad_(False)
    nn.init.zeros_(net[0].weight)
rate = 1e-7 if "low-rate" in faults else 3e-3
opt = torch.optim.Adam(net.parameters(), lr=rate)
bce = nn.BCEWithLogitsLoss()

for epoch in range(150):
    perm = torch.randperm(len(X_train))
    for i in range(0, len(X_train), 16):
        pick = perm[i : i + 16]
        out = net(X_train[pick])
        if "broadcast" in faults:
            loss = ((out.squeeze(1) - targets[pick]) ** 2).mean()
        else:
            loss = bce(out, targets[pick])
        opt.zero_grad()
        loss.backward()
        if "clipped" in faults:
            nn.utils.clip_grad_norm_(net.parameters(), 1e-10)
        opt.step()
    if epoch % 25 == 0:
        print(epoch, loss.item())

net.eval()
with torch.no_grad():
    answer = net[:3](X_test).squeeze(1).nan_to_num()
print(f"score {roc_auc_score(t_test, answer.numpy()):.4f}")
