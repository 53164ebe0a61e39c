"""The systems compared, by the name that `--method` knows.

Every one is an `aspn_tf.method.Method`; a further one is a file here and a
line below.
"""

from aspn_tf.baselines.clswgan import CLSWGAN
from aspn_tf.baselines.cycle_clswgan import CycleCLSWGAN
from aspn_tf.baselines.eszsl import ESZSL
from aspn_tf.baselines.sae import SAE
from aspn_tf.recognizer import Recognizer

METHODS = {
    method.method: method
    for method in (Recognizer, CLSWGAN, CycleCLSWGAN, ESZSL, SAE)
}
