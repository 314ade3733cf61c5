"""Answers the notebook's request with FastAPI, the way its manual teaches: a typed body, the model loaded once.

Reads the pickle `model` in the working directory.
"""

import pickle

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel, Field


class Measured(BaseModel):
    sepal_length: float = Field(alias="sepal length (cm)")
    sepal_width: float = Field(alias="sepal width (cm)")
    petal_length: float = Field(alias="petal length (cm)")
    petal_width: float = Field(alias="petal width (cm)")


with open("model", "rb") as file:
    classifier = pickle.load(file)

app = FastAPI()


# `async` on purpose: a plain function would go to a thread, which costs more than the prediction itself
@app.post("/")
async def predict(measured: Measured):
    row = np.array([[measured.sepal_length, measured.sepal_width, measured.petal_length, measured.petal_width]])
    return {"val": int(classifier.predict(row)[0])}
