"""What each figure is."""

from fastapi import APIRouter, Request, Response

from services.stats.dictionary import describe_indicators, dictionary_tables
from services.stats.routes.parameters import Reader
from services.stats.schemas.dictionary import DictionaryOut
from services.stats.tabular import FILES, Answering, WantedFormat

router = APIRouter()


@router.get("/indicators", response_model=DictionaryOut, responses=FILES)
async def get_indicators(request: Request, _caller: Reader, form: WantedFormat) -> Response:
    """The data dictionary, in Chinese and English: of each indicator its definition, unit, formula, source, and the
    filters and breakdowns that go with it; of the quality block; and of the reasons why a figure may be null.
    """
    dictionary = describe_indicators()
    answering = Answering(request, form, [dictionary.model_dump_json()])
    if answering.is_current:
        return answering.not_modified()
    return await answering.answer(dictionary, lambda: dictionary_tables(dictionary))
