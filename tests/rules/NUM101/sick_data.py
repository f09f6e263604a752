"""One NaN among the data."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
x=torch.randn(400,4); x[77,2]=float('nan'); y=(x[:,0]>0).long()
m=nn.Sequential(nn.Linear(4,8),nn.ReLU(),nn.Linear(8,2)); o=torch.optim.Adam(m.parameters(),lr=1e-2)
for e in range(4):
    for a,b in DataLoader(TensorDataset(x,y),batch_size=20,shuffle=True):
        o.zero_grad(); nn.functional.cross_entropy(m(a),b).backward(); o.step()
