"""What customers are worth: lifetime value under contract and without, by loyalty band, and who gets the service.

contract              the value of a customer under contract, and of a point of retention
contract_bands        the same by loyalty band, from who left and what they brought
purchases             each customer's purchases as frequency, recency and age, with a hold-out, made in SQL
bgnbd, expecting      who buys how often and who has left (BG/NBD), and what to expect of each
gamma_gamma           how much a customer spends at a time, and whether that goes with frequency
lifetime              what each customer without a contract is worth; lifetime_bands: by loyalty band
calibration           what was foretold for the hold-out, and what came
serving               service received against value: who is under- and over-served
wallet                share of wallet from the rank among brands
assumptive            what fixed shares would say: assumed, never estimated
service_profit_chain  a step at the start of the chain as money at its end

A study chooses its form: "contract" where customers leave by saying so, "purchases" where they only stop buying.
"""

from linkage.value.assumptive import AssumedValue, assume_exposure, assume_value
from linkage.value.bands import ValueByBand
from linkage.value.bgnbd import BuyingFit, fit_bgnbd
from linkage.value.calibration import HoldoutCalibration, check_calibration
from linkage.value.contract import ContractTerms, ContractValue, contract_value, present_value
from linkage.value.contract_bands import contract_value_by_band
from linkage.value.expecting import expected_new, expected_purchases, probability_alive
from linkage.value.gamma_gamma import SpendingFit, expected_spend, fit_gamma_gamma
from linkage.value.lifetime import CustomerValues, PurchaseTerms, value_customers
from linkage.value.lifetime_bands import value_by_band
from linkage.value.purchases import PurchaseHistories, summarise_purchases
from linkage.value.quantity import Quantity
from linkage.value.service_profit_chain import ProfitChain, multiply_chain
from linkage.value.serving import ServiceByValue, compare_service, service_standing
from linkage.value.wallet import WalletShares, share_wallets, wallet_share

FORMS = ("contract", "purchases")

__all__ = [
    "FORMS",
    "AssumedValue",
    "BuyingFit",
    "ContractTerms",
    "ContractValue",
    "CustomerValues",
    "HoldoutCalibration",
    "ProfitChain",
    "PurchaseHistories",
    "PurchaseTerms",
    "Quantity",
    "ServiceByValue",
    "SpendingFit",
    "ValueByBand",
    "WalletShares",
    "assume_exposure",
    "assume_value",
    "check_calibration",
    "compare_service",
    "contract_value",
    "contract_value_by_band",
    "expected_new",
    "expected_purchases",
    "expected_spend",
    "fit_bgnbd",
    "fit_gamma_gamma",
    "multiply_chain",
    "present_value",
    "probability_alive",
    "service_standing",
    "share_wallets",
    "summarise_purchases",
    "value_by_band",
    "value_customers",
    "wallet_share",
]
