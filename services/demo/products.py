"""What the demo's people sell: categories, products of real places, seasons, and the share of sales that is income.

Categories are the province's twelve featured industries of 2019 (named in 「黔货出山 风行天下」, guizhou.china.com.cn,
27 November 2019), and three more: grain, crafts, other. Products are well known of their county; prices are plausible
for 2019 and taken from nowhere; seasons are the months in which such goods are fresh or given away.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.codes.divisions import GUIZHOU


@dataclass(frozen=True, slots=True)
class Category:
    """A category of goods. ``income_bp`` of net sales is taken for income; ``season`` has a weight for each month."""

    code: str
    name: str
    name_en: str
    income_bp: int
    season: tuple[int, ...]
    featured: bool = True


_EVEN = (4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4)
_FESTIVE = (9, 4, 2, 2, 3, 3, 3, 3, 4, 4, 6, 8)

CATEGORIES: Final = (
    Category("tea", "茶叶", "Tea", 4200, (3, 2, 6, 10, 9, 6, 4, 3, 4, 4, 5, 4)),
    Category("edible_fungi", "食用菌", "Edible fungi", 3500, (6, 4, 4, 4, 4, 5, 5, 5, 5, 6, 7, 7)),
    Category("vegetables", "蔬菜", "Vegetables", 4500, (4, 4, 4, 4, 5, 6, 7, 7, 6, 5, 4, 4)),
    Category("livestock", "生态畜牧", "Livestock", 3000, _FESTIVE),
    Category("dendrobium", "石斛", "Dendrobium", 3800, (5, 4, 4, 5, 5, 4, 4, 4, 4, 4, 6, 5)),
    Category("fruit", "水果", "Fruit", 4800, (2, 1, 1, 1, 2, 6, 9, 9, 9, 8, 4, 2)),
    Category("bamboo", "竹", "Bamboo", 3200, (4, 3, 5, 6, 5, 4, 3, 3, 4, 4, 5, 4)),
    Category("herbs", "中药材", "Medicinal herbs", 4000, (4, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 6)),
    Category("roxburgh_rose", "刺梨", "Roxburgh rose", 3600, (3, 2, 2, 2, 3, 4, 5, 6, 8, 8, 6, 4)),
    Category("fishery", "生态渔业", "Fishery", 3400, (5, 3, 2, 2, 2, 3, 3, 4, 7, 7, 5, 5)),
    Category("oil_tea", "油茶", "Camellia oil", 3500, (6, 3, 3, 3, 3, 3, 3, 3, 4, 6, 7, 7)),
    Category("chili", "辣椒", "Chili", 4000, (6, 4, 3, 3, 3, 4, 4, 6, 8, 7, 6, 6)),
    Category("grain", "粮食", "Grain", 3800, (5, 3, 3, 3, 3, 5, 3, 3, 4, 6, 6, 5), featured=False),
    Category("crafts", "民族工艺品", "Crafts", 5000, (4, 3, 3, 4, 5, 4, 6, 6, 4, 5, 5, 4), featured=False),
    Category("other", "其他", "Other", 3000, _EVEN, featured=False),
)

CATEGORY_BY_CODE: Final = {category.code: category for category in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Ratio:
    """The part of net sales of a category in a region that is income, from a day on; never without its source."""

    category: str
    region: str
    ratio_bp: int
    valid_from: date
    source: str

    def body(self) -> dict[str, Any]:
        """The request body of ``POST /v1/income-ratios``."""
        return {
            "category": self.category,
            "region": self.region,
            "ratio_bp": self.ratio_bp,
            "basis": "imputed",
            "valid_from": self.valid_from.isoformat(),
            "source": self.source,
        }


RATIOS: Final = tuple(
    Ratio(
        category.code,
        GUIZHOU,
        category.income_bp,
        date(2019, 1, 1),
        f"演示数据，非调查结果：{category.name}净收入占比假定值"
        f" / demo data, surveyed nowhere: assumed share for {category.name_en}",
    )
    for category in CATEGORIES
)


@dataclass(frozen=True, slots=True)
class Product:
    """Goods of a place. ``place`` is the first digits of a division code: a county (6) or a township (9)."""

    place: str
    name: str
    category: str
    package: str
    unit: str
    price_fen: int


PRODUCTS: Final = (
    # The first ten lie in the ten reporting units, so that a demo of ten cooperatives has something in each.
    Product("520123", "修文猕猴桃", "fruit", "5斤", "箱", 49_90),
    Product("520281", "盘州刺梨原汁", "roxburgh_rose", "12瓶", "箱", 88_00),
    Product("520328", "湄潭翠芽", "tea", "250g", "盒", 138_00),
    Product("520423", "镇宁蜂糖李", "fruit", "3斤", "箱", 89_00),
    Product("520521", "大方天麻", "herbs", "250g", "盒", 98_00),
    Product("520622", "玉屏茶油", "oil_tea", "1L", "瓶", 118_00),
    Product("522302", "兴仁薏仁米", "grain", "1kg", "袋", 29_90),
    Product("522636", "丹寨苗族蜡染方巾", "crafts", "单条", "条", 128_00),
    Product("522701", "都匀毛尖", "tea", "250g", "盒", 168_00),
    Product("520111204", "羊艾绿茶", "tea", "200g", "盒", 68_00),
    Product("520524", "织金竹荪", "edible_fungi", "100g", "袋", 58_00),
    Product("520304", "遵义朝天椒", "chili", "500g", "袋", 25_80),
    Product("522730", "龙里刺梨干", "roxburgh_rose", "500g", "袋", 36_80),
    Product("520526", "威宁洋芋", "vegetables", "10斤", "箱", 29_90),
    Product("520204", "水城红心猕猴桃", "fruit", "5斤", "箱", 59_90),
    Product("520381", "赤水金钗石斛", "dendrobium", "100g", "盒", 158_00),
    Product("522633", "从江香猪腊肉", "livestock", "500g", "袋", 59_00),
    Product("522635", "麻江蓝莓", "fruit", "4盒", "箱", 69_00),
    Product("520625", "印江香菇", "edible_fungi", "250g", "袋", 32_00),
    Product("520623", "石阡苔茶", "tea", "250g", "盒", 78_00),
    Product("522624", "三穗麻鸭", "livestock", "1.2kg", "只", 66_00),
    Product("520424", "关岭牛肉干", "livestock", "250g", "袋", 45_00),
    Product("522328", "安龙石斛花", "dendrobium", "30g", "盒", 86_00),
    Product("522723", "贵定云雾茶", "tea", "250g", "盒", 128_00),
    Product("520626", "德江天麻", "herbs", "250g", "盒", 88_00),
    Product("522629", "剑河稻花鱼", "fishery", "500g", "袋", 42_00),
    Product("522631", "黎平山茶油", "oil_tea", "1L", "瓶", 108_00),
    Product("522728", "罗甸火龙果", "fruit", "5斤", "箱", 39_90),
    Product("520323", "绥阳金银花", "herbs", "200g", "袋", 38_00),
    Product("522731", "惠水黑糯米", "grain", "2kg", "袋", 35_80),
    Product("522732", "水族马尾绣香包", "crafts", "单个", "个", 48_00),
    Product("520627", "沿河白山羊肉", "livestock", "1kg", "袋", 78_00),
    Product("520422", "普定韭黄", "vegetables", "3斤", "箱", 33_80),
    Product("522323", "普安红茶", "tea", "250g", "盒", 98_00),
    Product("520628", "松桃苗绣书签", "crafts", "3枚", "套", 36_00),
    Product("522729", "长顺绿壳鸡蛋", "livestock", "30枚", "箱", 49_00),
    Product("520330", "习水竹笋干", "bamboo", "500g", "袋", 39_80),
    Product("522623", "施秉太子参", "herbs", "250g", "袋", 56_00),
    Product("522327", "册亨山茶油", "oil_tea", "500ml", "瓶", 68_00),
    Product("520121", "开阳糟辣椒", "chili", "2瓶", "组", 22_80),
    Product("522634", "雷山银球茶", "tea", "100g", "盒", 58_00),
    Product("520327", "凤冈锌硒茶", "tea", "250g", "盒", 88_00),
    Product("520403105", "贵安草莓", "fruit", "3斤", "箱", 58_00),
    Product("522722", "荔波蜜柚", "fruit", "2个", "箱", 29_90),
)
